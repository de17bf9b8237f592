package dev.stepgate.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * The state of an episode as the server tells it.
 *
 * @param episodeId null before a reset, where the server makes ids then
 * @param stepCount steps since the last reset
 * @param fields all of it, the environment's own fields included; not to be changed
 */
public record EpisodeState(@Nullable String episodeId, long stepCount, ObjectNode fields) {

    static EpisodeState of(ObjectNode state) {
        return new EpisodeState(
                state.path("episode_id").textValue(), state.path("step_count").asLong(), state);
    }
}
