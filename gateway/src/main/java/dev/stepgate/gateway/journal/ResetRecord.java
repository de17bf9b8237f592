package dev.stepgate.gateway.journal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a run when it has begun: with it the run can be begun again.
 *
 * @param episodeId the id by which the trainer knows this run's episode
 * @param run the run's number, from 0
 * @param seed as the trainer gave it, or null
 * @param parameters all else that the trainer gave, an {@code episode_id} included
 * @param interfaceDigest what the agent sees of the environment in this run
 * @param observation the first observation, or null where the run began with a call instead of a reset
 */
public record ResetRecord(
        String episodeId,
        int run,
        @Nullable Long seed,
        ObjectNode parameters,
        String interfaceDigest,
        @Nullable ObjectNode observation) {}
