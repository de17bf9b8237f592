package dev.stepgate.policy;

import java.util.List;

/**
 * A decision, step by step; for the operator, never for the agent.
 *
 * @param policy as {@code name@version}
 * @param decision what the engine decided
 */
public record Explanation(String policy, Decision decision, List<Step> steps) {
    public Explanation {
        steps = List.copyOf(steps);
    }

    /** What a step came to. */
    public enum Outcome {
        YES,
        NO,
        ERROR
    }

    /**
     * One step.
     *
     * @param kind {@code tool}, {@code schema}, {@code deny}, {@code allow}, {@code scope}, {@code flow}
     * @param id the rule, scope or tool that it speaks of
     * @param outcome whether it holds
     * @param detail why; may be empty
     */
    public record Step(String kind, String id, Outcome outcome, String detail) {}
}
