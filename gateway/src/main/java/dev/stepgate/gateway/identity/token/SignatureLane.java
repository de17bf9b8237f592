package dev.stepgate.gateway.identity.token;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many signatures are checked at once: as many as half of the processors can, in the order in which they came. Whoever
 * floods with junk waits here, parked, and takes no processor from callers whose tokens are known already. Thread-safe.
 */
final class SignatureLane {
    /** How long a caller waits for its turn; also when it is told to come again. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Semaphore turns;

    /** @param processors of the machine */
    SignatureLane(int processors) {
        this.turns = new Semaphore(Math.max(1, processors / 2), true);
    }

    /** Waits for a turn. Whoever got one {@linkplain #leave leaves}; false where it did not come in time. */
    boolean tryEnter() {
        try {
            return turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void leave() {
        turns.release();
    }
}
