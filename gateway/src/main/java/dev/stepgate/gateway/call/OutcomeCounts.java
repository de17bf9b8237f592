package dev.stepgate.gateway.call;

import dev.stepgate.tool.OutcomeClass;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How many calls came to what, by environment and outcome class: nothing that a caller sends is a label. Thread-safe. */
public final class OutcomeCounts {
    private final Map<String, Map<OutcomeClass, LongAdder>> counts = new ConcurrentHashMap<>();

    void count(String environment, OutcomeClass outcome) {
        of(environment, outcome).increment();
    }

    /** The counter of one class in one environment. */
    public LongAdder of(String environment, OutcomeClass outcome) {
        return Objects.requireNonNull(
                counts.computeIfAbsent(environment, _ -> fresh()).get(outcome), "every class has one");
    }

    private static Map<OutcomeClass, LongAdder> fresh() {
        Map<OutcomeClass, LongAdder> all = new EnumMap<>(OutcomeClass.class);
        for (OutcomeClass outcome : OutcomeClass.values()) {
            all.put(outcome, new LongAdder());
        }
        return Map.copyOf(all);
    }
}
