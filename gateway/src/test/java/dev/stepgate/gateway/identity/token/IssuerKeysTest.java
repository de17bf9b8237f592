package dev.stepgate.gateway.identity.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.stepgate.gateway.identity.token.FakeIssuer.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class IssuerKeysTest {
    private static final Duration STALE = Duration.ofHours(6);
    private static final Duration MAX_AGE = Duration.ofMinutes(5);

    private final FakeIssuer issuer = new FakeIssuer();
    private Instant now = Instant.now();
    private long nanos;

    @TempDir
    private Path folder = Path.of("target");

    @AfterEach
    void end() {
        issuer.close();
    }

    private IssuerKeys keys() {
        Issuer settings = new Issuer(issuer.url(), null, Set.of("RS256"), Set.of("jwt"), Set.of(), Set.of(), null);
        return new IssuerKeys(
                issuer.url(),
                new HttpKeySource(HttpKeySource.client(), settings),
                new SavedKeys(folder),
                new IssuerKeys.Settings(MAX_AGE, STALE),
                () -> now,
                () -> nanos,
                new Random(1));
    }

    private void pass(Duration time) {
        now = now.plus(time);
        nanos += time.toNanos();
    }

    @Test
    void seesANewKeyAtOnce() {
        IssuerKeys keys = keys();
        assertThat(keys.key("first", "RS256").type()).isEqualTo("RSA");
        issuer.rotate("second");
        assertThat(keys.key("second", "RS256").type()).isEqualTo("RSA");
        assertThat(keys.key("first", "RS256").type()).isEqualTo("RSA");
        assertThat(issuer.fetches()).isEqualTo(2);
    }

    @Test
    void seesANewKeyEvenAfterAJunkId() {
        IssuerKeys keys = keys();
        keys.key("first", "RS256");
        assertUnknown(keys, "junk");
        issuer.rotate("second");
        assertThat(keys.key("second", "RS256").type()).isEqualTo("RSA");
    }

    @Test
    void doesNotLetJunkIdsForceFetches() {
        IssuerKeys keys = keys();
        keys.key("first", "RS256");
        for (int i = 0; i < 10_000; i++) {
            String id = "junk-" + i;
            assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> keys.key(id, "RS256"));
            assertThat(keys.key("first", "RS256").type()).isEqualTo("RSA");
        }
        assertThat(issuer.fetches()).isLessThanOrEqualTo(4);
        pass(Duration.ofSeconds(10));
        issuer.rotate("second");
        assertThat(keys.key("second", "RS256").type()).isEqualTo("RSA");
    }

    @Test
    void asksOnceForAllWhoWait() throws Exception {
        IssuerKeys keys = keys();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<KeySet.VerificationKey>> asking = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                asking.add(() -> keys.key("first", "RS256"));
            }
            for (Future<KeySet.VerificationKey> found : callers.invokeAll(asking)) {
                assertThat(found.get().type()).isEqualTo("RSA");
            }
        }
        assertThat(issuer.fetches()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ERROR", "HTML", "HUGE", "REDIRECT", "EMPTY_SET"})
    void goesOnWithTheLastKeysForAWhileAndThenFailsClosed(Fault fault) {
        IssuerKeys keys = keys();
        keys.key("first", "RS256");
        issuer.fail(fault);
        pass(MAX_AGE.plus(STALE).minusSeconds(1));
        assertThat(keys.key("first", "RS256").type()).isEqualTo("RSA");
        assertUnavailable(keys, "second");
        pass(Duration.ofSeconds(10));
        assertUnavailable(keys, "first");
        issuer.fail(Fault.NONE);
        pass(Duration.ofSeconds(10));
        assertThat(keys.key("first", "RS256").type()).isEqualTo("RSA");
    }

    @Test
    void waitsForASlowIssuerNoLongerThanItsPatience() {
        issuer.fail(Fault.HANG);
        assertUnavailable(keys(), "first");
    }

    @Test
    void startsWithSavedKeysWhileTheIssuerIsDown() {
        keys().key("first", "RS256");
        issuer.fail(Fault.ERROR);
        IssuerKeys restarted = keys();
        assertThat(restarted.key("first", "RS256").type()).isEqualTo("RSA");
        pass(MAX_AGE.plus(STALE));
        assertUnavailable(keys(), "first");
    }

    @Test
    void refusesAKeyForAnotherAlgorithmThanItsOwn() {
        IssuerKeys keys = keys();
        assertThatExceptionOfType(TokenRefused.class).isThrownBy(() -> keys.key("first", "ES256"));
        assertThatExceptionOfType(TokenRefused.class).isThrownBy(() -> keys.key("first", "EdDSA"));
    }

    private static void assertUnknown(IssuerKeys keys, String id) {
        assertThatExceptionOfType(TokenRefused.class).isThrownBy(() -> keys.key(id, "RS256"));
    }

    private static void assertUnavailable(IssuerKeys keys, String id) {
        assertThatExceptionOfType(KeysUnavailable.class).isThrownBy(() -> keys.key(id, "RS256"));
    }
}
