package dev.stepgate.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a tool call came to, as the upstream said it.
 *
 * @param result the MCP {@code CallToolResult} object with every field the upstream sent ({@code content} is present)
 * @param error whether the tool reported an error of its own ({@code isError})
 * @param reward the reward of this step for trainers only, a JSON number or boolean as the environment sent it, or null
 *     where the environment gives none; an agent never sees it
 * @param done whether the environment ended the episode with this step
 * @param metadata what the environment adds for trainers (OpenEnv's observation metadata), or null
 * @param fields the observation as an OpenEnv environment gave it, without reward, done and metadata, for trainers only; or
 *     null where the upstream is none
 */
public record Observation(
        ObjectNode result,
        boolean error,
        @Nullable JsonNode reward,
        boolean done,
        @Nullable ObjectNode metadata,
        @Nullable ObjectNode fields) {

    /** An observation of an upstream that is no OpenEnv environment. */
    public Observation(
            ObjectNode result, boolean error, @Nullable JsonNode reward, boolean done, @Nullable ObjectNode metadata) {
        this(result, error, reward, done, metadata, null);
    }

    /** The same with another reward, and as the last of its episode or not. */
    public Observation scored(@Nullable JsonNode another, boolean last) {
        return new Observation(result, error, another, last, metadata, fields);
    }

    /** The same, with nothing that is for trainers alone. */
    public Observation forAgents() {
        return new Observation(result, error, null, false, null, null);
    }

    /** A result of an upstream that knows no rewards, such as an MCP server. */
    public static Observation of(ObjectNode result) {
        return new Observation(result, result.path("isError").asBoolean(false), null, false, null);
    }
}
