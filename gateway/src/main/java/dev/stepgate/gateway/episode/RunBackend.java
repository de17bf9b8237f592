package dev.stepgate.gateway.episode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.egress.EgressAttempt;
import dev.stepgate.gateway.reward.Verdict;
import dev.stepgate.tool.Deadline;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Builds what a run runs on: its sandbox and its connections to the upstreams. */
public interface RunBackend {

    /**
     * Starts the upstreams of one run, from nothing, and resets them.
     *
     * @param outside is told what the run's sandboxes ask for outside, by any thread, until they are gone
     * @throws dev.stepgate.tool.Refusal {@code env_error} when one cannot be started, {@code timeout} when it takes too
     *     long; nothing is left running then
     */
    OpenRun start(String environment, ResetRequest request, Consumer<EgressAttempt> outside, Deadline deadline);

    /** The living part of a run. */
    interface OpenRun extends AutoCloseable {

        /** What the reset gave. */
        ResetObservation firstObservation();

        /** The digest of what agents see of the environment. */
        String interfaceDigest();

        /**
         * The state that the environment itself keeps, every field of it; empty where it keeps none.
         *
         * @throws dev.stepgate.tool.Refusal {@code env_error} or {@code timeout}
         */
        default ObjectNode state(Deadline deadline) {
            return JsonNodeFactory.instance.objectNode();
        }

        /** Asks a verifier about the workspace as it is now. Blocks for as long as it may take, or until the deadline. */
        default Verdict verify(Rubric.Verifier verifier, Deadline deadline) {
            return new Verdict.None("nothing here has a workspace");
        }

        /** Whether a further call can succeed. */
        boolean usable();

        /** Ends every process and connection of the run. Safe to call twice. */
        @Override
        void close();
    }

    /**
     * What a trainer asked of a reset.
     *
     * @param seed the seed, any integer, or null
     * @param episodeId the id the trainer chose, at most 255 characters, or null
     * @param parameters every other argument, passed to the environment
     */
    record ResetRequest(@Nullable Long seed, @Nullable String episodeId, ObjectNode parameters) {

        /** All but the seed, as the trainer sent it. */
        public ObjectNode withoutSeed() {
            ObjectNode sent = JsonNodeFactory.instance.objectNode();
            if (episodeId != null) {
                sent.put("episode_id", episodeId);
            }
            return sent.setAll(parameters);
        }
    }

    /**
     * The first observation of a run.
     *
     * @param observation the observation's fields, without reward, done and metadata
     * @param reward a JSON number, or null
     * @param metadata what the environment adds for trainers
     */
    record ResetObservation(
            ObjectNode observation, @Nullable JsonNode reward, boolean done, ObjectNode metadata) {}
}
