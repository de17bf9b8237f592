package dev.stepgate.gateway.identity.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.stepgate.gateway.identity.token.FakeIssuer.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
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
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile boolean down;

    @TempDir
    private Path folder = Path.of("target");

    /** The first set that is read loads the library, which on a busy machine may take longer than callers wait. */
    @BeforeAll
    static void loadTheLibrary() throws IOException {
        try (FakeIssuer any = new FakeIssuer()) {
            KeySet.read(any.keySet().getBytes(StandardCharsets.UTF_8));
        }
    }

    @AfterEach
    void end() {
        issuer.close();
    }

    private byte[] fetch() {
        fetches.incrementAndGet();
        if (down) {
            throw new IllegalStateException("down");
        }
        return issuer.keySet().getBytes(StandardCharsets.UTF_8);
    }

    private HttpKeySource overHttp() {
        Issuer settings = new Issuer(issuer.url(), null, Set.of("RS256"), Set.of("jwt"), Set.of(), Set.of(), null);
        return new HttpKeySource(HttpKeySource.client(), settings);
    }

    private IssuerKeys keys() {
        return keys(this::fetch);
    }

    private IssuerKeys keys(KeySource source) {
        return new IssuerKeys(
                issuer.url(),
                source,
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
        assertThat(fetches.get()).isEqualTo(2);
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
        assertThat(fetches.get()).isLessThanOrEqualTo(4);
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
        assertThat(fetches.get()).isEqualTo(1);
    }

    @Test
    void goesOnWithTheLastKeysForAWhileAndThenFailsClosed() {
        IssuerKeys keys = keys();
        keys.key("first", "RS256");
        down = true;
        pass(MAX_AGE.plus(STALE).minusSeconds(1));
        assertThat(keys.key("first", "RS256").type()).isEqualTo("RSA");
        assertUnavailable(keys, "second");
        pass(Duration.ofSeconds(10));
        assertUnavailable(keys, "first");
        down = false;
        pass(Duration.ofSeconds(10));
        assertThat(keys.key("first", "RS256").type()).isEqualTo("RSA");
    }

    @Test
    void fetchesAgainBeforeTheSetIsOld() {
        IssuerKeys keys = keys();
        keys.key("first", "RS256");
        keys.refreshIfDue();
        assertThat(fetches.get()).isEqualTo(1);
        issuer.rotate("second");
        issuer.retireOld();
        pass(MAX_AGE);
        keys.refreshIfDue();
        assertThat(keys.key("second", "RS256").type()).isEqualTo("RSA");
        assertUnknown(keys, "first");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ERROR", "HTML", "HUGE", "REDIRECT", "EMPTY_SET", "HANG"})
    void takesNoKeysFromAFailingIssuer(Fault fault) {
        issuer.fail(fault);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> KeySet.read(overHttp().fetch()));
    }

    @Test
    void findsTheKeysThroughTheIssuersMetadata() throws Exception {
        assertThat(KeySet.read(overHttp().fetch()).find("first", "RS256")).isPresent();
    }

    @Test
    void waitsForASlowIssuerNoLongerThanItsPatience() {
        CountDownLatch never = new CountDownLatch(1);
        IssuerKeys keys = keys(() -> {
            never.await();
            throw new IOException("too late to be of use"); // nothing may be saved once the folder is taken away
        });
        assertUnavailable(keys, "first");
        never.countDown();
    }

    @Test
    void startsWithSavedKeysWhileTheIssuerIsDown() {
        keys().key("first", "RS256");
        down = true;
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
