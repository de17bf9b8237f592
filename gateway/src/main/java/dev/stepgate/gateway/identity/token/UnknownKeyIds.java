package dev.stepgate.gateway.identity.token;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Key ids that the issuer was asked for and does not have: 1,024 at most, each for ten seconds. No longer, since anybody may
 * guess the id of a key that is yet to come, and would keep it out for as long. Thread-safe.
 */
final class UnknownKeyIds {
    private static final int MAX = 1_024;

    private final Map<String, Long> untilNanos = new ConcurrentHashMap<>();

    void add(String id, long nowNanos) {
        if (untilNanos.size() >= MAX) {
            untilNanos.values().removeIf(until -> until - nowNanos < 0);
        }
        if (untilNanos.size() < MAX) {
            untilNanos.put(id, nowNanos + RefreshBudget.INTERVAL.toNanos());
        }
    }

    boolean has(String id, long nowNanos) {
        Long until = untilNanos.get(id);
        return until != null && until - nowNanos > 0;
    }
}
