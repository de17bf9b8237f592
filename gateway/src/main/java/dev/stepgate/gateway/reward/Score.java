package dev.stepgate.gateway.reward;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a call earned, for trainers and the journal.
 *
 * @param reward the reward as the manifest has it told, or null where there is none
 * @param parts how it came about, not to be changed; null where the manifest declares no reward
 * @param failure why the step could not be scored, in one sentence; or null
 */
public record Score(
        @Nullable JsonNode reward,
        @Nullable ObjectNode parts,
        @Nullable String failure) {
    /** Of a call that says nothing of rewards. */
    public static final Score NONE = new Score(null, null, null);

    /** The finer code of a step that could not be scored. */
    public static final String UNSCORED = "reward.unscored";

    /** What an upstream gave, passed on as it is. */
    public static Score given(@Nullable JsonNode reward) {
        return reward == null ? NONE : new Score(reward, null, null);
    }

    public boolean hasFailed() {
        return failure != null;
    }
}
