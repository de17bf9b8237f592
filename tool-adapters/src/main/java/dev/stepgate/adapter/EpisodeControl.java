package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * Reset and state of an environment: the trainer's side, which no agent reaches. Blocks the calling thread; safe for many.
 * Every failure is a {@link dev.stepgate.tool.Refusal}.
 */
public interface EpisodeControl {

    /** Resets the environment with these arguments, as the trainer sent them. */
    FirstObservation reset(ObjectNode arguments, Deadline deadline);

    /** The environment's state, every field of it. */
    ObjectNode state(Deadline deadline);

    /**
     * What a reset gives.
     *
     * @param fields without reward, done and metadata
     * @param reward a finite JSON number or a boolean, as it was sent; or null
     */
    record FirstObservation(ObjectNode fields, @Nullable JsonNode reward, boolean done, ObjectNode metadata) {}
}
