package dev.stepgate.gateway.credential;

import dev.stepgate.gateway.credential.SecretStore.Issued;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Takes back what was issued, at once and again with growing pauses until it works or the thing has ended by itself. What waits
 * is bounded by what may be issued. Thread-safe.
 */
final class Revocations {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** Requests to the store that take things back at the same time. */
    private static final int AT_ONCE = 16;

    private final SecretStore store;
    private final LeaseLedger ledger;
    private final Clockwork clock;
    private final Map<Issued, Pending> pending = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(AT_ONCE);

    private record Pending(long notBefore, Duration pause, boolean underWay) {}

    Revocations(SecretStore store, LeaseLedger ledger, Clockwork clock) {
        this.store = store;
        this.ledger = ledger;
        this.clock = clock;
        ledger.live().forEach(this::add);
    }

    /** Has something taken back; does not wait. */
    void add(Issued issued) {
        pending.putIfAbsent(issued, new Pending(clock.nanos(), FIRST_PAUSE, false));
        sweep();
    }

    int waiting() {
        return pending.size();
    }

    /** Tries what is due, each on a thread of its own. */
    void sweep() {
        pending.forEach((issued, wait) -> {
            if (!wait.underWay() && clock.nanos() - wait.notBefore() >= 0 && places.tryAcquire()) {
                if (pending.replace(issued, wait, new Pending(wait.notBefore(), wait.pause(), true))) {
                    Thread.ofVirtual().name("stepgate-revoke").start(() -> {
                        try {
                            attempt(issued, wait);
                        } finally {
                            places.release();
                        }
                    });
                } else {
                    places.release();
                }
            }
        });
    }

    private void attempt(Issued issued, Pending wait) {
        try {
            if (ledger.mayLive(issued)) {
                store.revoke(issued);
            }
            ledger.ended(issued);
            pending.remove(issued);
        } catch (SecretStoreFailed failed) {
            System.getLogger(Revocations.class.getName())
                    .log(System.Logger.Level.WARNING, "revocation=failed reason={0}", failed.getMessage());
            Duration doubled = wait.pause().multipliedBy(2);
            Duration pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
            pending.put(issued, new Pending(clock.nanos() + clock.around(wait.pause(), 0.2), pause, false));
        }
    }
}
