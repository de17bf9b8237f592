package dev.stepgate.gateway.identity.token;

import java.time.Duration;

/**
 * How often callers may cause a fetch: a few times at once, then once in ten seconds. A few, so that one junk token does not
 * use up the fetch that a new key needs. Thread-safe.
 */
final class RefreshBudget {
    static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final int BURST = 4;

    private double left = BURST;
    private long countedNanos;

    RefreshBudget(long nowNanos) {
        this.countedNanos = nowNanos;
    }

    synchronized boolean take(long nowNanos) {
        left = Math.min(BURST, left + (nowNanos - countedNanos) / (double) INTERVAL.toNanos());
        countedNanos = nowNanos;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
