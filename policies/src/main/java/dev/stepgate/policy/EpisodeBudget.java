package dev.stepgate.policy;

/**
 * What one run of an episode may spend over all its tools.
 *
 * @param calls tool calls
 * @param cost points
 * @param resultBytes bytes of results, as they are passed on
 */
public record EpisodeBudget(long calls, long cost, long resultBytes) {
    public static final EpisodeBudget UNLIMITED = new EpisodeBudget(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    /** The smaller of each. */
    public EpisodeBudget atMost(EpisodeBudget other) {
        return new EpisodeBudget(
                Math.min(calls, other.calls), Math.min(cost, other.cost), Math.min(resultBytes, other.resultBytes));
    }
}
