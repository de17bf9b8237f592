package dev.stepgate.gateway.identity.token;

import dev.stepgate.gateway.identity.token.KeySet.VerificationKey;
import dev.stepgate.gateway.identity.token.TokenRefused.Reason;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one issuer as they are now. A known key is found without waiting. An unknown key id causes one fetch that all
 * who wait for it share; how often it may is bounded by {@link RefreshBudget}, and the time a caller waits by two seconds.
 * While the issuer cannot be reached its last good keys count for a bounded time, after that none do. Safe for use by many
 * threads; {@link #refreshIfDue()} is called by one timer.
 */
public final class IssuerKeys {
    private static final System.Logger LOG = System.getLogger(IssuerKeys.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
    private static final Duration LAST_RETRY = Duration.ofMinutes(1);

    /** Callers that may wait for one fetch; further ones are told at once to come again. */
    private static final int MAX_WAITING = 256;

    private final String issuer;
    private final KeySource source;
    private final SavedKeys saved;
    private final Settings settings;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final RandomGenerator jitter;
    private final RefreshBudget budget;
    private final UnknownKeyIds unknown = new UnknownKeyIds();
    private final Semaphore waiting = new Semaphore(MAX_WAITING);
    private final AtomicReference<@Nullable CompletableFuture<Snapshot>> inFlight = new AtomicReference<>();
    private volatile @Nullable Snapshot snapshot;
    private volatile Instant due;
    private volatile int failures;

    /**
     * How long keys count.
     *
     * @param maxAge a set is fetched again before it is this old
     * @param stale how much longer the last set counts when that fails; zero to fail closed at once
     */
    public record Settings(Duration maxAge, Duration stale) {}

    record Snapshot(KeySet keys, Instant fetchedAt) {}

    /**
     * @param issuer for the log
     * @param nanos a clock for intervals, as {@link System#nanoTime()}
     * @param jitter spreads the fetches of several gateways
     */
    public IssuerKeys(
            String issuer,
            KeySource source,
            SavedKeys saved,
            Settings settings,
            InstantSource clock,
            LongSupplier nanos,
            RandomGenerator jitter) {
        this.issuer = issuer;
        this.source = source;
        this.saved = saved;
        this.settings = settings;
        this.clock = clock;
        this.nanos = nanos;
        this.jitter = jitter;
        this.budget = new RefreshBudget(nanos.getAsLong());
        this.due = Instant.MIN;
        this.snapshot = saved.read(issuer, clock.instant()).orElse(null);
    }

    /**
     * The key that a token names.
     *
     * @throws TokenRefused when the issuer has no such key for this algorithm
     * @throws KeysUnavailable when that cannot be said now
     */
    VerificationKey key(@Nullable String id, String algorithm) {
        Snapshot known = usable();
        Optional<VerificationKey> found =
                known == null ? Optional.empty() : known.keys().find(id, algorithm);
        if (found.isEmpty()) {
            found = afterFetch(known, id, algorithm);
        }
        return found.filter(key -> key.fits(algorithm)).orElseThrow(() -> new TokenRefused(Reason.KEY));
    }

    private Optional<VerificationKey> afterFetch(@Nullable Snapshot known, @Nullable String id, String algorithm) {
        if (known != null && id != null && unknown.has(id, nanos.getAsLong())) {
            return Optional.empty();
        }
        CompletableFuture<Snapshot> fetch = inFlight.get();
        if (fetch == null) {
            if (!budget.take(nanos.getAsLong())) {
                throw new KeysUnavailable(RefreshBudget.INTERVAL);
            }
            fetch = fetch();
        }
        Snapshot fresh = await(fetch);
        Optional<VerificationKey> found = fresh.keys().find(id, algorithm);
        if (found.isEmpty() && id != null) {
            unknown.add(id, nanos.getAsLong());
        }
        return found;
    }

    private Snapshot await(CompletableFuture<Snapshot> fetch) {
        if (!waiting.tryAcquire()) {
            throw new KeysUnavailable(PATIENCE);
        }
        try {
            return fetch.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException unavailable) {
            throw new KeysUnavailable(FIRST_RETRY);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new KeysUnavailable(FIRST_RETRY);
        } finally {
            waiting.release();
        }
    }

    /** Fetches in the background when the set is old, or when the last try failed a while ago. Does not block. */
    public void refreshIfDue() {
        if (!fetching() && !clock.instant().isBefore(due)) {
            CompletableFuture<Snapshot> _ = fetch(); // what comes of it is logged and kept
        }
    }

    /** Whether a fetch is under way; when none is, what the last one brought is in use and saved. */
    boolean fetching() {
        return inFlight.get() != null;
    }

    /** The age of the set in use, or empty when none is. */
    public Optional<Duration> age() {
        Snapshot known = usable();
        return known == null ? Optional.empty() : Optional.of(Duration.between(known.fetchedAt(), clock.instant()));
    }

    private @Nullable Snapshot usable() {
        Snapshot known = snapshot;
        boolean counts = known != null
                && clock.instant()
                        .isBefore(known.fetchedAt().plus(settings.maxAge()).plus(settings.stale()));
        return counts ? known : null;
    }

    /** Whoever comes first starts the fetch, on a thread of its own; all others get the same. */
    private CompletableFuture<Snapshot> fetch() {
        CompletableFuture<Snapshot> mine = new CompletableFuture<>();
        CompletableFuture<Snapshot> running = inFlight.compareAndExchange(null, mine);
        if (running != null) {
            return running;
        }
        Thread.ofVirtual().name("keys").start(() -> fetch(mine));
        return mine;
    }

    private void fetch(CompletableFuture<Snapshot> result) {
        try {
            byte[] document = source.fetch();
            Snapshot fresh = new Snapshot(KeySet.read(document), clock.instant());
            snapshot = fresh;
            failures = 0;
            due = fresh.fetchedAt().plus(part(settings.maxAge(), 0.72 + 0.16 * jitter.nextDouble()));
            saved.write(issuer, document, fresh.fetchedAt());
            inFlight.set(null);
            result.complete(fresh);
        } catch (IOException | InterruptedException | RuntimeException failure) {
            failed(failure);
            inFlight.set(null);
            result.completeExceptionally(failure);
        }
    }

    private void failed(Exception failure) {
        int tries = failures;
        failures = Math.min(tries + 1, 30);
        Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(tries, 4));
        due = clock.instant().plus(wait.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : wait);
        LOG.log(
                System.Logger.Level.WARNING,
                "keys=unavailable issuer=" + issuer + " usable=" + (usable() != null) + " reason="
                        + failure.getMessage());
    }

    private static Duration part(Duration whole, double part) {
        return Duration.ofMillis((long) (whole.toMillis() * part));
    }
}
