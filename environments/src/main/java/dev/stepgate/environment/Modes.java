package dev.stepgate.environment;

import java.util.List;

/**
 * The two modes of an environment. Each is whole: what its overlay leaves out stands in it as the manifest says it for both, so
 * that one mode can be looked at without the other.
 *
 * @param training under a trainer
 * @param production where agents do real work
 */
public record Modes(Mode training, Mode production) {

    /**
     * One of them: what may differ between the two, and nothing else may.
     *
     * @param upstreams in the manifest's order, each with the backend it has in this mode
     * @param faults what goes wrong on purpose; nothing in production
     */
    public record Mode(List<Upstream> upstreams, EpisodeLimits limits, Faults faults) {
        public Mode {
            upstreams = List.copyOf(upstreams);
        }
    }

    /** Two modes that differ in nothing but credentials. */
    static Modes alike(List<Upstream> upstreams, EpisodeLimits limits) {
        Mode both = new Mode(upstreams, limits, Faults.NONE);
        return new Modes(both, both);
    }

    public Mode of(boolean isProduction) {
        return isProduction ? production : training;
    }
}
