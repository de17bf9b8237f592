package dev.stepgate.policy;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision may see.
 *
 * @param caller who calls
 * @param environment where
 * @param tool the tool as policies name it, {@code <upstream>.<tool>}
 * @param arguments plain JSON: String, Boolean, Integer, Long, BigInteger, Double, BigDecimal, null, List, Map; not to
 *     be changed
 * @param episode what the episode has seen so far; only read while the decision is made
 * @param now the time of the decision
 */
public record AccessRequest(
        Caller caller,
        Surroundings environment,
        String tool,
        Map<String, @Nullable Object> arguments,
        EpisodeView episode,
        Instant now) {

    /** A call in an unnamed environment, the first of its episode, at the beginning of 1970. */
    public AccessRequest(Caller caller, String tool, Map<String, @Nullable Object> arguments) {
        this(caller, Surroundings.NONE, tool, arguments, EpisodeView.NEW, Instant.EPOCH);
    }

    /** The same call, seen by an episode's ledger. */
    public AccessRequest in(EpisodeView view) {
        return new AccessRequest(caller, environment, tool, arguments, view, now);
    }
}
