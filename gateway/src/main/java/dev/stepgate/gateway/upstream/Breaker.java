package dev.stepgate.gateway.upstream;

import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.time.Duration;

/**
 * Keeps calls away from an upstream that fails, and lets one through now and then to see whether it is back. Thread-safe.
 */
final class Breaker {
    /** Failures in a row after which it opens. */
    private static final int FAILURES = 5;

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** Read without a lock by calls while all is well: episodes share nothing then. */
    private volatile int failures;

    private long closedUntilNanos = System.nanoTime();

    /** @throws Refusal {@code env_error} at once, while the upstream is left alone */
    void require() {
        if (failures >= FAILURES) {
            requireTurn();
        }
    }

    private synchronized void requireTurn() {
        long now = System.nanoTime();
        if (closedUntilNanos - now > 0) {
            throw Refusal.of(
                    OutcomeClass.ENV_ERROR, "upstream.down", "the upstream has failed several times: try later");
        }
        closedUntilNanos = now + pause(); // only this call tries; the others go on waiting
    }

    void succeeded() {
        if (failures > 0) {
            failures = 0;
        }
    }

    synchronized void failed() {
        failures = Math.min(failures + 1, FAILURES + 6);
        closedUntilNanos = System.nanoTime() + pause();
    }

    private long pause() {
        int over = Math.max(0, failures - FAILURES);
        return Math.min(SHORTEST.toNanos() << over, LONGEST.toNanos());
    }
}
