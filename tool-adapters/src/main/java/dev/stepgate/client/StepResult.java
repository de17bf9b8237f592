package dev.stepgate.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a reset or a step came to.
 *
 * @param observation the environment's own fields; not to be changed
 * @param reward the reward as it was written, or null: a boolean stays a boolean and an integer an integer
 * @param done whether the episode is over
 * @param metadata of the observation, from beside it (newer servers) or in it (older ones); empty where there is none
 */
public record StepResult(ObjectNode observation, @Nullable JsonNode reward, boolean done, ObjectNode metadata) {

    /** Why a tool came to no value. */
    public record ToolError(String type, String message) {}

    static StepResult of(JsonNode reply) {
        ObjectNode observation = object(reply.get("observation"));
        JsonNode beside = reply.get("metadata");
        JsonNode reward = reply.get("reward");
        return new StepResult(
                observation,
                reward == null || reward.isNull() ? null : reward,
                reply.path("done").asBoolean(false),
                object(beside == null ? observation.get("metadata") : beside));
    }

    /** The plain value of a tool call: what Python's {@code call_tool} returns. Empty where the call failed or was none. */
    public Optional<JsonNode> toolValue() {
        JsonNode result = observation.path("result");
        JsonNode value = result.has("data") ? result.get("data") : result;
        return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    /** Why a tool call failed; empty where it did not. */
    public Optional<ToolError> toolError() {
        JsonNode error = observation.get("error");
        return error != null && error.isObject()
                ? Optional.of(new ToolError(
                        error.path("error_type").asText(), error.path("message").asText()))
                : Optional.empty();
    }

    private static ObjectNode object(@Nullable JsonNode value) {
        return value instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }
}
