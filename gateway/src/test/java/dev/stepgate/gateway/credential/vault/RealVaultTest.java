package dev.stepgate.gateway.credential.vault;

import dev.stepgate.gateway.credential.SecretStore;
import dev.stepgate.gateway.credential.vault.VaultSettings.Login;
import dev.stepgate.tool.Secret;
import io.quarkus.vault.client.VaultClient;
import io.quarkus.vault.client.api.secrets.kv2.VaultSecretsKV2UpdateSecretOptions;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The contract against a real server, with a KV engine of version 2 mounted at {@code stepgate-test}. */
@EnabledIfEnvironmentVariable(named = "TEST_VAULT_ADDR", matches = ".+", disabledReason = "no real Vault was given")
class RealVaultTest extends SecretStoreContract {
    private static String set(String variable) {
        String value = System.getenv(variable);
        return value == null ? "" : value;
    }

    private static VaultClient client() {
        return VaultClient.builder()
                .executor(new io.quarkus.vault.client.http.jdk.JDKVaultHttpClient(
                        java.net.http.HttpClient.newHttpClient()))
                .baseUrl(set("TEST_VAULT_ADDR"))
                .clientToken(set("TEST_VAULT_TOKEN"))
                .build();
    }

    @BeforeEach
    void forget() {
        client().secrets()
                .kv2(MOUNT)
                .deleteSecretMetadata("team/bot")
                .toCompletableFuture()
                .join();
    }

    @Override
    SecretStore store() {
        return new VaultSecretStore(new VaultSettings(
                URI.create(set("TEST_VAULT_ADDR")),
                null,
                new Login.Token(Secret.of(set("TEST_VAULT_TOKEN"))),
                List.of()));
    }

    @Override
    void put(String path, Map<String, String> fields) {
        client().secrets()
                .kv2(MOUNT)
                .updateSecret(path, new VaultSecretsKV2UpdateSecretOptions(), new HashMap<>(fields))
                .toCompletableFuture()
                .join();
    }
}
