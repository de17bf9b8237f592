package dev.stepgate.gateway.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithUnnamedKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Every setting of the gateway. Each is also an environment variable: {@code stepgate.port} is {@code STEPGATE_PORT}. */
@ConfigMapping(prefix = "stepgate")
public interface GatewayConfig {

    /** The address to listen on. Any but a loopback address needs an issuer, or {@code allow-anonymous}. */
    @WithDefault("127.0.0.1")
    String host();

    /** The port to listen on; 0 takes any free one. */
    @WithDefault("8000")
    int port();

    /** What every URL that is handed out begins with; by default {@code http://HOST:PORT}. */
    Optional<String> publicUrl();

    /** The folder of the program, in which the bundled environments and policies lie. */
    @WithDefault(".")
    Path home();

    /** Folders of environments; by default the bundled ones. */
    Optional<List<Path>> environments();

    /** Folders of policies; by default the bundled ones. */
    Optional<List<Path>> policies();

    /** Serve only the environments of these names; by default all. */
    Optional<List<String>> env();

    /** Where journals are kept. */
    @WithDefault(".stepgate")
    Path data();

    /** Whether trainers drive episodes here, or agents do real work. */
    @WithDefault("training")
    ServingMode mode();

    /** The environment that also answers at the root, as an OpenEnv image does. */
    Optional<String> defaultEnv();

    /** End with status 1 when any manifest or policy is bad, instead of serving the others. */
    @WithDefault("false")
    boolean strict();

    /** Admit callers from other machines without any proof. In training only; for OpenEnv images. */
    @WithDefault("false")
    boolean allowAnonymous();

    /** Names besides localhost by which this gateway may be called, compared with {@code Host} and {@code Origin}. */
    Optional<List<String>> allowedHosts();

    /** How long running episodes may go on after a SIGTERM before they are ended. Container engines kill after 10 s. */
    @WithDefault("8s")
    Duration drain();

    /**
     * Issuers of access tokens. With one, nobody is let in without a token; a further one is put under a name: {@code
     * stepgate.issuer.NAME.url}.
     */
    @WithUnnamedKey(Issuer.UNNAMED)
    Map<String, Issuer> issuer();

    /** What holds for the tokens of every issuer. */
    Tokens tokens();

    /** How long an issuer's keys count. */
    Keys keys();

    /** What scopes are called by the issuers here. */
    Scopes scopes();

    /** Also take tokens that `stepgate token` has made with the key in the data folder; in training, on loopback only. */
    @WithDefault("false")
    boolean developmentTokens();

    /** Whether callers must show a certificate over TLS; which ones count is said by Quarkus' trust store. */
    @WithDefault("none")
    ClientCertificates clientCertificates();

    /** What TLS asks of callers. */
    enum ClientCertificates {
        /** Nothing. */
        NONE,
        /** A certificate, if they have one. */
        REQUEST,
        /** A certificate that the trust store vouches for. */
        REQUIRED
    }

    /** An issuer of access tokens: an OAuth 2.1 authorization server. */
    interface Issuer {
        /** The name of the one that is configured without a name. */
        String UNNAMED = "default";

        /** Its identifier, as its tokens give it in {@code iss}. */
        Optional<String> url();

        /** Where its keys are; by default what its own metadata says. */
        Optional<URI> keysUrl();

        /** The signature algorithms it may use. */
        @WithDefault("RS256,PS256,ES256,EdDSA")
        Set<String> algorithms();

        /** The values of {@code typ} its tokens may have; a token without one is taken. */
        @WithDefault("JWT,at+jwt")
        Set<String> types();

        /** Claims that its tokens must have besides iss, sub, aud and exp. */
        Optional<Set<String>> requiredClaims();

        /** The clients whose tokens count; by default all. */
        Optional<Set<String>> clients();

        /** The claim that names a caller's roles, as {@code realm_access.roles}; without one, scopes alone count. */
        Optional<String> roleClaim();

        /** Which of those names give which role here. */
        Roles roles();
    }

    /** Names of roles as an issuer gives them. */
    interface Roles {
        /** Names that make an agent. */
        Optional<Set<String>> agent();

        /** Names that make a trainer. */
        Optional<Set<String>> trainer();

        /** Names that make an observer. */
        Optional<Set<String>> observer();

        /** Names that make an operator. */
        Optional<Set<String>> operator();
    }

    /** Rules for tokens. */
    interface Tokens {
        /** How far clocks may be apart; at most a minute. */
        @WithDefault("30s")
        Duration skew();

        /** The longest life of a token. */
        @WithDefault("24h")
        Duration maxLifetime();
    }

    /** Rules for keys. */
    interface Keys {
        /** A key set is fetched again before it is this old. */
        @WithDefault("5m")
        Duration maxAge();

        /** How much longer the last good set counts while its issuer cannot be reached; 0 to fail closed at once. */
        @WithDefault("6h")
        Duration stale();
    }

    /** Names of scopes. */
    interface Scopes {
        /** Lists tools. */
        @WithDefault("tools:list")
        String listTools();

        /** Calls tools. */
        @WithDefault("tools:call")
        String callTools();

        /** Makes a trainer. */
        @WithDefault("episodes")
        String episodes();

        /** Makes an observer. */
        @WithDefault("observe")
        String observe();

        /** Makes an operator. */
        @WithDefault("operate")
        String operate();
    }

    /** The journal. */
    Journal journal();

    /** Settings of the journal. */
    interface Journal {
        /** Whether arguments and observations are kept or only their digests; by default kept in training. */
        Optional<dev.stepgate.gateway.journal.Payloads> payloads();

        /** What becomes of records; for measuring what they cost, and refused in production. */
        @WithDefault("chained")
        dev.stepgate.gateway.journal.Records records();

        /** For how many days after its last record an episode is kept; by default it stays. */
        OptionalInt keepDays();

        /** The Ed25519 key that signs checkpoints, private and public half as PEM; by default made in the data folder. */
        Optional<Path> key();
    }

    /** The way out of sandboxes. */
    Egress egress();

    /** Settings of the way out. */
    interface Egress {
        /** Listed hosts that may lead to this machine or to a private network; in training only. */
        Optional<Set<String>> developmentHosts();
    }

    /** Credentials of upstreams. */
    Secrets secrets();

    /** Where they lie and for how long they count. */
    interface Secrets {
        /** A JSON file that stands in for a Vault; in training only. Nobody but its owner may read it. */
        Optional<Path> file();

        /** Paths of the store that training may read, with everything below. */
        Optional<List<String>> training();

        /** The same for production; none may lie in one of the other's. */
        Optional<List<String>> production();

        /** How long a value without a lease counts while the store is silent; 0 to fail closed at once. */
        @WithDefault("15m")
        Duration stale();

        /** How long what is made for one episode lives at most. */
        @WithDefault("1h")
        Duration episode();

        /** Identities and leases that may live at once; a further one is refused. */
        @WithDefault("1000")
        int mostLeases();
    }

    /** A HashiCorp Vault, or OpenBao. */
    Vault vault();

    /** How it is reached. */
    interface Vault {
        /** Its address; https, or http on this machine. */
        Optional<URI> url();

        /** The namespace in it. */
        Optional<String> namespace();

        /** How the gateway logs in. */
        @WithDefault("token")
        VaultLogin login();

        /** Where that way is mounted, if not at its usual place. */
        Optional<String> loginMount();

        /** The role, role id or user to log in as. */
        Optional<String> role();

        /** A file with the token, secret id, password or JWT that proves it. Secrets are not taken from settings. */
        Optional<Path> secretFile();

        /** Whether the file has a token that unwraps to the secret id, once. */
        @WithDefault("false")
        boolean wrapped();

        /** Policies of the identity that an episode gets; by default those of the gateway's own. */
        Optional<List<String>> episodePolicies();
    }

    /** Ways to log in to a Vault. */
    enum VaultLogin {
        /** With a token. */
        TOKEN,
        /** With a role id and a secret id. */
        APPROLE,
        /** With a name and a password. */
        USERPASS,
        /** With the token of a pod's service account. */
        KUBERNETES,
        /** With a JWT of an OpenID provider. */
        JWT
    }

    /** What the gateway serves for. */
    enum ServingMode {
        /** With reset, step, state and reward. */
        TRAINING,
        /** Tool calls only. */
        PRODUCTION
    }
}
