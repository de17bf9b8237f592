package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.EpisodeControl;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The observations of an OpenEnv server, for trainers as they came and for agents as results of a tool. Stateless. */
final class Steps {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** What is the trainer's, and the frame of a tool's observation that the result itself replaces. */
    private static final List<String> NOT_FOR_AGENTS = List.of("reward", "done", "metadata");

    private static final List<String> FRAME = List.of("tool_name", "error");

    private Steps() {}

    /**
     * Takes the envelope off. Older servers lose the metadata, newer ones send it inside and beside the observation.
     *
     * @throws Refusal {@code env_error} when it is none
     */
    static EpisodeControl.FirstObservation read(ObjectNode data) {
        JsonNode done = data.path("done");
        if (!(data.get("observation") instanceof ObjectNode observation)
                || !(done.isMissingNode() || done.isBoolean())) {
            throw Refusal.environmentFailed("the environment answered with something that is no observation");
        }
        ObjectNode fields = observation.deepCopy();
        JsonNode inside = fields.remove("metadata");
        JsonNode beside = data.path("metadata");
        ObjectNode metadata = NODES.objectNode();
        if (inside instanceof ObjectNode object) {
            metadata.setAll(object);
        }
        if (beside instanceof ObjectNode object) {
            metadata.setAll(object);
        }
        return new EpisodeControl.FirstObservation(
                fields, reward(data.path("reward")), done.asBoolean(false), metadata);
    }

    private static @Nullable JsonNode reward(JsonNode reward) {
        if (reward.isMissingNode() || reward.isNull()) {
            return null;
        }
        if (!reward.isNumber() && !reward.isBoolean()) {
            throw Refusal.environmentFailed("the environment gave a reward that is no number");
        }
        return reward;
    }

    /** What a {@code call_tool} step came to. */
    static Observation ofTool(ObjectNode data) {
        EpisodeControl.FirstObservation step = read(data);
        JsonNode error = step.fields().path("error");
        if (error.isObject()) {
            return observation(CallToolResult.text(error.path("message").asText("the tool failed"), true), step);
        }
        JsonNode result = step.fields().get("result");
        return observation(result == null ? whole(step.fields()) : ofValue(result), step);
    }

    /** What a native action came to: the whole observation is the agent's result. */
    static Observation ofAction(ObjectNode data) {
        EpisodeControl.FirstObservation step = read(data);
        return observation(whole(step.fields()), step);
    }

    /** A step that the environment did not take; its session goes on. */
    static Observation refused(String message) {
        return new Observation(CallToolResult.text(message, true), true, null, false, null);
    }

    /** A result in FastMCP's own form, or whatever else an environment of its own making returns. */
    private static ObjectNode ofValue(JsonNode result) {
        if (result instanceof ObjectNode object && object.path("content").isArray()) {
            return Spelling.result(object);
        }
        ObjectNode made = CallToolResult.text(text(result), false);
        return result.isNull()
                ? made
                : (ObjectNode) made.set(
                        "structuredContent",
                        result.isObject() ? result : NODES.objectNode().set("result", result));
    }

    private static ObjectNode whole(ObjectNode fields) {
        ObjectNode shown = fields.deepCopy();
        shown.remove(NOT_FOR_AGENTS);
        if (shown.has("tool_name")) {
            shown.remove(FRAME);
        }
        ObjectNode made = CallToolResult.text(text(shown), false);
        made.set("structuredContent", shown);
        return made;
    }

    private static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : new String(StrictJson.bytes(value), StandardCharsets.UTF_8);
    }

    private static Observation observation(ObjectNode result, EpisodeControl.FirstObservation step) {
        return new Observation(
                result,
                result.path("isError").asBoolean(false),
                step.reward(),
                step.done(),
                step.metadata().isEmpty() ? null : step.metadata(),
                step.fields());
    }
}
