package dev.stepgate.gateway.cli;

import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.config.CredentialAssembly;
import dev.stepgate.gateway.config.GatewayConfig;
import dev.stepgate.gateway.credential.CredentialReport;
import dev.stepgate.gateway.credential.SecretStore;
import java.util.List;

/**
 * Whether the secret store that the settings name lets the gateway in, and whether each credential of the manifests can be
 * had. Shows no value. Without a store and without credentials there is nothing to look at.
 */
final class CredentialCheck implements HealthCheck {
    private static final String CHECK = "credential";

    private final List<EnvironmentManifest> manifests;

    CredentialCheck(List<EnvironmentManifest> manifests) {
        this.manifests = manifests;
    }

    @Override
    public List<Finding> look() {
        GatewayConfig config = CredentialAssembly.settings();
        boolean production = config.mode() == GatewayConfig.ServingMode.PRODUCTION;
        boolean named = manifests.stream()
                .anyMatch(manifest -> !manifest.credentials().of(production).isEmpty());
        if (!named && config.vault().url().isEmpty() && config.secrets().file().isEmpty()) {
            return List.of();
        }
        try (SecretStore store = CredentialAssembly.store(config)) {
            return CredentialReport.check(store, CredentialAssembly.fence(config), production, manifests).stream()
                    .map(CredentialCheck::finding)
                    .toList();
        } catch (IllegalArgumentException settings) {
            return List.of(new Finding(
                    Finding.Grade.MISSING,
                    CHECK,
                    "settings",
                    String.valueOf(settings.getMessage()),
                    "docs/credentials.md"));
        }
    }

    private static Finding finding(CredentialReport.Standing standing) {
        return standing.isReady()
                ? new Finding(Finding.Grade.OK, CHECK, standing.subject(), standing.found(), "")
                : new Finding(
                        Finding.Grade.MISSING, CHECK, standing.subject(), standing.found(), "docs/credentials.md");
    }
}
