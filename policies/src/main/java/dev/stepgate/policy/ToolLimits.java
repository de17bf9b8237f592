package dev.stepgate.policy;

/**
 * How often a tool may be called. Calls in flight count. Zero or {@link #UNLIMITED} where nothing is said.
 *
 * @param perEpisode calls in one run of an episode
 * @param perMinute calls of one principal within any 60 s, over all its episodes
 * @param concurrent calls of one principal at once, over all its episodes
 * @param cost the points that one call takes from the episode's budget
 * @param sameArgs calls with equal arguments in one run of an episode
 */
public record ToolLimits(long perEpisode, int perMinute, int concurrent, long cost, int sameArgs) {
    /** Stands for no limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public static final ToolLimits NONE = new ToolLimits(UNLIMITED, UNLIMITED, UNLIMITED, 0, UNLIMITED);
}
