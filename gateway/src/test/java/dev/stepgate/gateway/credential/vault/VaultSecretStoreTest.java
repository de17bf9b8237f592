package dev.stepgate.gateway.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.gateway.credential.SecretStore;
import dev.stepgate.gateway.credential.SecretStore.Grant;
import dev.stepgate.gateway.credential.SecretStore.Issued;
import dev.stepgate.gateway.credential.SecretStore.Lease;
import dev.stepgate.gateway.credential.SecretStore.Reading;
import dev.stepgate.gateway.credential.SecretStoreFailed;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import dev.stepgate.gateway.credential.vault.FakeVault.Fault;
import dev.stepgate.gateway.credential.vault.VaultSettings.Login;
import dev.stepgate.tool.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VaultSecretStoreTest extends SecretStoreContract {
    private static final Source ROLE = source(Engine.DYNAMIC, "creds/reader", null);

    @TempDir
    Path folder;

    private final FakeVault vault = new FakeVault();

    @Override
    SecretStore store() {
        return store(vault, new Login.Token(Secret.of(FakeVault.ROOT)));
    }

    private static SecretStore store(FakeVault vault, Login login) {
        return new VaultSecretStore(new VaultSettings(vault.url(), "tenant-a", login, List.of()));
    }

    @Override
    void put(String path, Map<String, String> fields) {
        vault.put(MOUNT + "/" + path, fields);
    }

    @AfterEach
    void closeVault() {
        vault.close();
    }

    @Test
    void readsThePinnedVersionAndValuesWithoutVersions() throws Exception {
        put("team/bot", Map.of("token", "the first value"));
        put("team/bot", Map.of("token", "the second value"));

        assertThat(tested().read(source(Engine.KV2, "team/bot", 1), null).fields())
                .containsEntry("token", Secret.of("the first value"));
        assertThat(tested().read(source(Engine.KV1, "team/bot", null), null).fields())
                .containsEntry("token", Secret.of("the second value"));
    }

    @Test
    void asksInItsNamespaceAlone() throws Exception {
        put("team/bot", Map.of("token", "value-of-the-token"));
        tested().read(source(Engine.KV2, "team/bot", null), null);

        assertThat(vault.seen()).isNotEmpty().allMatch(line -> line.endsWith(" tenant-a"));
    }

    @Test
    void hasCredentialsMadeAndRenewsAndRevokesThem() throws Exception {
        Reading reading = tested().read(ROLE, null);
        Lease lease = Objects.requireNonNull(reading.lease());

        assertThat(reading.fields()).containsOnlyKeys("username", "password");
        assertThat(lease.time()).isEqualTo(Duration.ofMinutes(15));
        assertThat(tested().renew(lease.id(), lease.time())).isEqualTo(Duration.ofMinutes(15));

        tested().revoke(new Issued.Leased(lease.id()));
        assertThat(vault.leases()).isEmpty();
    }

    @Test
    void endsEverythingThatWasTakenWithAGrant() throws Exception {
        Grant grant = tested().grant("desk", Duration.ofMinutes(10));
        tested().read(ROLE, grant);
        tested().read(ROLE, null);
        assertThat(vault.leases()).hasSize(2);

        tested().revoke(new Issued.Token(grant.accessor()));

        assertThat(vault.leases()).hasSize(1);
        assertThat(vault.episodeTokens()).isZero();
        tested().revoke(new Issued.Token(grant.accessor())); // has ended already
    }

    @ParameterizedTest
    @ValueSource(strings = {"approle", "wrapped", "userpass", "kubernetes", "jwt"})
    void logsIn(String way) throws Exception {
        put("team/bot", Map.of("token", "value-of-the-token"));
        Path jwt = Files.writeString(folder.resolve("jwt"), "a.b.c\n");
        Login login = switch (way) {
            case "approle" -> new Login.AppRole("approle", "role", Secret.of("secret-id"), false);
            case "wrapped" -> new Login.AppRole("approle", "role", Secret.of(vault.wrap("secret-id")), true);
            case "userpass" -> new Login.UserPass("userpass", "user", Secret.of("password"));
            case "kubernetes" -> new Login.Kubernetes("kubernetes", "role", stripped(jwt));
            default -> new Login.Jwt("jwt", "role", jwt);
        };
        try (SecretStore store = store(vault, login)) {
            for (int i = 0; i < 3; i++) {
                store.read(source(Engine.KV2, "team/bot", null), null);
            }
            assertThat(vault.logins()).isEqualTo(1);

            if (!way.equals("wrapped")) {
                vault.forgetTokens();
                store.read(source(Engine.KV2, "team/bot", null), null);
                assertThat(vault.logins()).isEqualTo(2);
            }
        }
    }

    private static Path stripped(Path jwt) throws IOException {
        return Files.writeString(jwt, "a.b.c");
    }

    @Test
    void showsNothingOfALoginThatIsRefused() {
        try (SecretStore store = store(vault, new Login.UserPass("userpass", "user", Secret.of("wrong-password-9")))) {
            assertThatThrownBy(() -> store.read(source(Engine.KV2, "team/bot", null), null))
                    .isInstanceOf(SecretStoreFailed.class)
                    .hasMessageNotContaining("wrong-password-9")
                    .hasNoCause();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"NONE", "FORBIDDEN", "NO_REVOCATION"},
            mode = EnumSource.Mode.EXCLUDE)
    void isUnavailableWhileTheVaultFailsAndIsLeftAloneForAMoment(Fault fault) {
        put("team/bot", Map.of("token", "value-of-the-token"));
        vault.failBy(fault);

        assertThatFails(() -> tested().read(source(Engine.KV2, "team/bot", null), null), Kind.UNAVAILABLE);
        int asked = vault.seen().size();
        // The JDK's client sends a GET once more by itself when its connection is closed.
        assertThat(asked).isBetween(1, 6);
        assertThatFails(() -> tested().read(source(Engine.KV2, "team/bot", null), null), Kind.UNAVAILABLE);
        assertThat(vault.seen()).hasSize(asked);
    }

    @Test
    void saysThatItIsNotAllowed() {
        vault.failBy(Fault.FORBIDDEN);

        assertThatFails(() -> tested().read(source(Engine.KV2, "team/bot", null), null), Kind.FORBIDDEN);
    }
}
