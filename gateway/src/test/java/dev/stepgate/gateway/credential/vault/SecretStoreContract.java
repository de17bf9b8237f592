package dev.stepgate.gateway.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.gateway.credential.SecretStore;
import dev.stepgate.gateway.credential.SecretStore.Reading;
import dev.stepgate.gateway.credential.SecretStoreFailed;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import dev.stepgate.tool.Secret;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every secret store does. */
abstract class SecretStoreContract {
    static final String MOUNT = "stepgate-test";

    private SecretStore store;

    @BeforeEach
    void openStore() {
        store = store();
    }

    /** A store that lets in. */
    abstract SecretStore store();

    /** Writes a value, as its next version where there are versions. */
    abstract void put(String path, Map<String, String> fields);

    final SecretStore tested() {
        return store;
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    static Source source(Engine engine, String path, @Nullable Integer version) {
        return new Source(engine, MOUNT, path, version);
    }

    static void assertThatFails(ThrowingCallable action, Kind kind) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        SecretStoreFailed.class,
                        failed -> assertThat(failed.kind()).isEqualTo(kind));
    }

    @Test
    void readsEveryFieldOfAValueWithItsVersion() throws Exception {
        put("team/bot", Map.of("token", "value-of-the-token", "other", "more"));

        Reading reading = store.read(source(Engine.KV2, "team/bot", null), null);

        assertThat(reading.fields())
                .containsOnly(
                        Map.entry("token", Secret.of("value-of-the-token")), Map.entry("other", Secret.of("more")));
        assertThat(reading.version()).isEqualTo(1);
        assertThat(reading.lease()).isNull();
    }

    @Test
    void saysThatThereIsNoSuchValue() {
        assertThatFails(() -> store.read(source(Engine.KV2, "team/nothing", null), null), Kind.MISSING);
        assertThatFails(() -> store.read(source(Engine.KV2, "team/bot", 999), null), Kind.MISSING);
    }

    @Test
    void seesAChangedValue() throws Exception {
        put("team/bot", Map.of("token", "the first value"));
        put("team/bot", Map.of("token", "the second value"));

        assertThat(store.read(source(Engine.KV2, "team/bot", null), null).fields())
                .containsEntry("token", Secret.of("the second value"));
    }

    @Test
    void showsNoValueInWhatItPrints() throws Exception {
        put("team/bot", Map.of("token", "value-of-the-token"));

        assertThat(store.read(source(Engine.KV2, "team/bot", null), null).toString())
                .doesNotContain("value-of-the-token");
        assertThat(store.describe()).doesNotContain("token");
    }

    @Test
    void letsItselfBeChecked() throws Exception {
        put("team/bot", Map.of("token", "value-of-the-token"));

        store.check();
    }
}
