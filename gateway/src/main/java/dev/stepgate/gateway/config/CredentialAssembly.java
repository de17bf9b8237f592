package dev.stepgate.gateway.config;

import dev.stepgate.gateway.config.GatewayConfig.ServingMode;
import dev.stepgate.gateway.credential.CredentialBroker;
import dev.stepgate.gateway.credential.FileSecretStore;
import dev.stepgate.gateway.credential.LeaseLedger;
import dev.stepgate.gateway.credential.ModeFence;
import dev.stepgate.gateway.credential.NoSecretStore;
import dev.stepgate.gateway.credential.SecretStore;
import dev.stepgate.gateway.credential.vault.VaultSecretStore;
import dev.stepgate.gateway.credential.vault.VaultSettings;
import dev.stepgate.gateway.credential.vault.VaultSettings.Login;
import dev.stepgate.tool.Secret;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The part of the {@link Assembly} that knows where credentials lie. */
public final class CredentialAssembly {
    private CredentialAssembly() {}

    /** The settings as {@code serve} would have them, for commands that start no server. */
    public static GatewayConfig settings() {
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDefaultSources()
                .addDiscoveredConverters()
                .withMapping(GatewayConfig.class)
                .withValidateUnknown(false)
                .build()
                .getConfigMapping(GatewayConfig.class);
    }

    /** Where a gateway with this data folder keeps its ledger of leases. */
    public static Path ledger(Path dataFolder) {
        return inFolder(dataFolder.resolve("leases"));
    }

    private static Path inFolder(Path ledgers) {
        return ledgers.resolve("ledger.jsonl");
    }

    /**
     * @param ledgers the folder of the ledger of leases
     * @throws IllegalArgumentException when the settings would let modes mix or a secret lie open; names the setting
     */
    static CredentialBroker broker(GatewayConfig config, Path ledgers, RandomGenerator random) {
        GatewayConfig.Secrets secrets = config.secrets();
        try {
            LeaseLedger ledger = new LeaseLedger(inFolder(ledgers), Clock.systemUTC());
            CredentialBroker broker = new CredentialBroker(
                    store(config),
                    fence(config),
                    ledger,
                    new CredentialBroker.Terms(
                            isProduction(config), secrets.stale(), secrets.episode(), secrets.mostLeases()),
                    System::nanoTime,
                    random);
            Gauge.builder("stepgate.leases.live", broker, CredentialBroker::leasesLive)
                    .register(Metrics.globalRegistry);
            Gauge.builder("stepgate.revocations.pending", broker, CredentialBroker::revocationsPending)
                    .register(Metrics.globalRegistry);
            FunctionCounter.builder("stepgate.scrub.hits", broker, CredentialBroker::scrubHits)
                    .register(Metrics.globalRegistry);
            return broker;
        } catch (IOException unwritable) {
            throw new IllegalArgumentException(
                    "the ledger of leases cannot be kept: " + unwritable.getMessage(), unwritable);
        }
    }

    private static boolean isProduction(GatewayConfig config) {
        return config.mode() == ServingMode.PRODUCTION;
    }

    /** What each mode may read. */
    public static ModeFence fence(GatewayConfig config) {
        return new ModeFence(
                config.secrets().training().orElse(List.of()),
                config.secrets().production().orElse(List.of()),
                isProduction(config));
    }

    /** The store that is configured, or one that refuses everything. */
    public static SecretStore store(GatewayConfig config) {
        Optional<Path> file = config.secrets().file();
        Optional<URI> url = config.vault().url();
        if (file.isPresent() && isProduction(config)) {
            throw new IllegalArgumentException(
                    "`stepgate.secrets.file` is for training: production takes its credentials from `stepgate.vault.url`");
        }
        if (file.isPresent() && url.isPresent()) {
            throw new IllegalArgumentException("`stepgate.secrets.file` and `stepgate.vault.url` exclude each other");
        }
        if (url.isPresent()) {
            return new VaultSecretStore(vault(url.get(), config.vault()));
        }
        return file.isPresent() ? new FileSecretStore(file.get()) : new NoSecretStore();
    }

    private static VaultSettings vault(URI url, GatewayConfig.Vault vault) {
        String host = String.valueOf(url.getHost());
        boolean local = List.of("localhost", "127.0.0.1", "[::1]").contains(host);
        if (!"https".equals(url.getScheme()) && !(local && "http".equals(url.getScheme()))) {
            throw new IllegalArgumentException("`stepgate.vault.url` must be https, or on this machine");
        }
        return new VaultSettings(
                url,
                vault.namespace().orElse(null),
                login(vault),
                vault.episodePolicies().orElse(List.of()));
    }

    private static Login login(GatewayConfig.Vault vault) {
        Path file = vault.secretFile()
                .orElseThrow(() -> new IllegalArgumentException(
                        "`stepgate.vault.secret-file` must name the file that the login is proved with"));
        return switch (vault.login()) {
            case TOKEN -> new Login.Token(secret(file));
            case APPROLE -> new Login.AppRole(mount(vault, "approle"), role(vault), secret(file), vault.wrapped());
            case USERPASS -> new Login.UserPass(mount(vault, "userpass"), role(vault), secret(file));
            case KUBERNETES -> new Login.Kubernetes(mount(vault, "kubernetes"), role(vault), file);
            case JWT -> new Login.Jwt(mount(vault, "jwt"), role(vault), file);
        };
    }

    private static String mount(GatewayConfig.Vault vault, String usual) {
        return vault.loginMount().orElse(usual);
    }

    private static String role(GatewayConfig.Vault vault) {
        return vault.role().orElseThrow(() -> new IllegalArgumentException("`stepgate.vault.role` must be set"));
    }

    private static Secret secret(Path file) {
        try {
            return Secret.of(Files.readString(file).strip());
        } catch (IOException unreadable) {
            throw new IllegalArgumentException("the file of `stepgate.vault.secret-file` cannot be read", unreadable);
        }
    }
}
