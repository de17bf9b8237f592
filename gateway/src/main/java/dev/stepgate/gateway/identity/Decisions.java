package dev.stepgate.gateway.identity;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts decisions, of which there are as many kinds as rights times outcomes. Thread-safe. */
public final class Decisions {
    private final Map<Cell, LongAdder> counts = new ConcurrentHashMap<>();

    private record Cell(Right right, Decision decision) {}

    void count(Right right, Decision decision) {
        counts.computeIfAbsent(new Cell(right, decision), _ -> new LongAdder()).increment();
    }

    public long of(Right right, Decision decision) {
        LongAdder count = counts.get(new Cell(right, decision));
        return count == null ? 0 : count.sum();
    }
}
