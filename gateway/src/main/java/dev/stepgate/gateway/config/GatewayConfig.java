package dev.stepgate.gateway.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Every setting of the gateway. Each is also an environment variable: {@code stepgate.port} is {@code STEPGATE_PORT}. */
@ConfigMapping(prefix = "stepgate")
public interface GatewayConfig {

    /** The address to listen on. Any but a loopback address needs {@code allow-anonymous}, since no issuer can be set yet. */
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

    /** The journal. */
    Journal journal();

    /** Settings of the journal. */
    interface Journal {
        /** Whether arguments and observations are kept or only their digests; by default kept in training. */
        Optional<dev.stepgate.gateway.journal.Payloads> payloads();
    }

    /** What the gateway serves for. */
    enum ServingMode {
        /** With reset, step, state and reward. */
        TRAINING,
        /** Tool calls only. */
        PRODUCTION
    }
}
