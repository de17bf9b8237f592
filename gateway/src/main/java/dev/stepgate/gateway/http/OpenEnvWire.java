package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.episode.RunBackend.ResetObservation;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** OpenEnv's shapes, for both generations of its clients. Stateless. */
final class OpenEnvWire {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private OpenEnvWire() {}

    /** The observation of a {@code call_tool} step. A success has no {@code error} key. */
    static ObjectNode step(String tool, Outcome outcome) {
        ObjectNode observation = NODES.objectNode().put("tool_name", tool);
        ObjectNode metadata = NODES.objectNode();
        return switch (outcome) {
            case Outcome.Observed result -> {
                Observation observed = result.observation();
                if (observed.fields() != null && observed.fields().has("tool_name")) {
                    observation = observation.setAll(observed.fields()); // passes as its own server built it
                } else if (observed.error()) {
                    observation.putNull("result");
                    observation.set("error", error("execution_error", joinedText(observed.result())));
                } else {
                    observation.set("result", toolResult(observed.result()));
                }
                if (observed.metadata() != null) {
                    metadata.setAll(observed.metadata());
                }
                yield envelope(observation, observed.done(), metadata, outcome);
            }
            case Outcome.Refused refused -> {
                Refusal refusal = refused.refusal();
                observation.putNull("result");
                observation.set("error", error(errorType(refusal), sentence(refusal)));
                yield envelope(observation, refused.episodeEnded(), metadata, outcome);
            }
        };
    }

    /**
     * The observation of a native action, as its own server built it.
     *
     * @throws Refusal {@code tool_error} where the environment did not take the action
     */
    static ObjectNode act(Outcome.Observed outcome) {
        Observation observed = outcome.observation();
        ObjectNode fields = observed.fields();
        if (fields == null) {
            throw Refusal.of(OutcomeClass.TOOL_ERROR, "tool_error", joinedText(observed.result()));
        }
        ObjectNode metadata = NODES.objectNode();
        if (observed.metadata() != null) {
            metadata.setAll(observed.metadata());
        }
        ObjectNode observation = NODES.objectNode().setAll(fields);
        return envelope(observation, observed.done(), metadata, outcome);
    }

    private static ObjectNode envelope(ObjectNode observation, boolean done, ObjectNode metadata, Outcome outcome) {
        Score score = outcome.score();
        ObjectNode stepgate = metadata.putObject("stepgate");
        stepgate.put("outcome", outcome.outcomeClass().wireName());
        stepgate.put("code", outcome.code());
        if (score.parts() != null) {
            stepgate.set("reward", score.parts());
        }
        return result(observation, score.reward(), done, metadata);
    }

    /** The first observation of a run; what the environment did not take of the arguments is named, not dropped silently. */
    static ObjectNode reset(ResetObservation first, List<String> ignored) {
        ObjectNode metadata = first.metadata().deepCopy();
        ObjectNode stepgate = metadata.putObject("stepgate").put("outcome", "ok");
        if (!ignored.isEmpty()) {
            ArrayNode names = stepgate.putArray("ignored");
            ignored.forEach(names::add);
        }
        return result(first.observation().deepCopy(), first.reward(), first.done(), metadata);
    }

    static ObjectNode toolList(List<CatalogEntry> tools) {
        ObjectNode observation = NODES.objectNode();
        ArrayNode list = observation.putArray("tools");
        for (CatalogEntry tool : tools) {
            ObjectNode entry = list.addObject();
            entry.put("name", tool.visibleName());
            entry.put("description", tool.descriptor().description());
            entry.set("input_schema", tool.descriptor().inputSchema());
        }
        return result(observation, null, false, NODES.objectNode());
    }

    /** Metadata stands beside the observation for newer clients and in it for older ones. */
    private static ObjectNode result(
            ObjectNode observation, @Nullable JsonNode reward, boolean done, ObjectNode metadata) {
        ObjectNode result = NODES.objectNode();
        observation.set("metadata", metadata);
        result.set("observation", observation);
        result.set("reward", reward == null ? NODES.nullNode() : reward);
        result.put("done", done);
        result.set("metadata", metadata);
        return result;
    }

    /** @param own the environment's own state, which goes before what the run knows of itself */
    static ObjectNode state(EpisodeRun run, ObjectNode own) {
        ObjectNode state = NODES.objectNode();
        state.put("episode_id", run.episodeId()).put("step_count", run.status().steps());
        own.properties().forEach(field -> {
            if (!field.getValue().isNull() || !state.has(field.getKey())) {
                state.set(field.getKey(), field.getValue());
            }
        });
        return state;
    }

    /**
     * An MCP tool result with OpenEnv's spelling beside MCP's, no nulls, and always {@code data}: that key is what OpenEnv's
     * {@code call_tool()} returns.
     */
    static ObjectNode toolResult(ObjectNode mcp) {
        ObjectNode result = mcp.deepCopy();
        JsonNode structured = mcp.get("structuredContent");
        if (structured != null) {
            result.set("structured_content", structured);
        }
        result.set("data", plainValue(structured, joinedText(mcp)));
        result.put("is_error", false);
        result.put("isError", false);
        if (mcp.path("_meta").isObject() && !mcp.path("_meta").isEmpty()) {
            result.set("meta", mcp.get("_meta"));
        }
        return result;
    }

    /** FastMCP wraps a plain return value as {@code {"result": v}}; its clients unwrap it again. */
    private static JsonNode plainValue(@Nullable JsonNode structured, String text) {
        if (structured != null && structured.isObject()) {
            return structured.size() == 1 && structured.has("result") ? structured.get("result") : structured;
        }
        if (structured != null && !structured.isNull()) {
            return structured;
        }
        try {
            JsonNode parsed = StrictJson.parse(text.getBytes(StandardCharsets.UTF_8));
            return parsed.isNull() ? NODES.textNode(text) : parsed;
        } catch (JsonProblem plainText) {
            return NODES.textNode(text);
        }
    }

    /** The text blocks of a result, one per line. */
    static String joinedText(ObjectNode result) {
        StringBuilder text = new StringBuilder();
        for (JsonNode block : result.path("content")) {
            if (block.path("text").isTextual()) {
                text.append(text.isEmpty() ? "" : "\n")
                        .append(block.path("text").textValue());
            }
        }
        return text.toString();
    }

    static String errorType(Refusal refusal) {
        return switch (refusal.outcome()) {
            case OK, TOOL_ERROR, BUDGET, EPISODE_OVER, CANCELLED -> "execution_error";
            case INVALID_ARGUMENTS -> "invalid_args";
            case POLICY_DENIED -> refusal.isUnknownTool() ? "tool_not_found" : "execution_error";
            case TIMEOUT -> "timeout";
            case ENV_ERROR, INFRA_ERROR -> "transport_error";
        };
    }

    /** The sentence of a refusal, beginning with its code; an unknown tool is told in OpenEnv's own words. */
    static String sentence(Refusal refusal) {
        return refusal.isUnknownTool() ? refusal.reason() : refusal.code() + ": " + refusal.reason();
    }

    private static ObjectNode error(String type, String message) {
        return NODES.objectNode().put("error_type", type).put("message", message);
    }

    /** A fault of a reset, whose message begins with its class. */
    static String fault(Refusal refusal) {
        OutcomeClass outcome = refusal.outcome();
        return outcome.wireName() + ": " + refusal.reason();
    }
}
