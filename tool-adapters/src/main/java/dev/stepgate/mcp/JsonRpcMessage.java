package dev.stepgate.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC 2.0 message: a thin envelope around the trees it carries, which are shared and not to be changed.
 *
 * <p>An id is a string or an integer node; {@link JsonRpcCodec#read} checks it.
 */
public sealed interface JsonRpcMessage {

    /** Asks for an answer. {@code params} is null where the sender gave none. */
    record Request(JsonNode id, String method, @Nullable ObjectNode params) implements JsonRpcMessage {}

    /** Asks for none. */
    record Notification(String method, @Nullable ObjectNode params) implements JsonRpcMessage {}

    /** A good answer; MCP's results are objects. */
    record Result(JsonNode id, ObjectNode result) implements JsonRpcMessage {}

    /**
     * A bad answer.
     *
     * @param id null where the request's id could not be read
     * @param code JSON-RPC's, MCP's or the sender's own, see {@link JsonRpcCode}
     * @param message what to tell a person
     * @param data anything more, or null
     */
    @SuppressWarnings("AvoidCommonTypeNames") // JSON-RPC's own word for it
    record Error(
            @Nullable JsonNode id,
            int code,
            String message,
            @Nullable JsonNode data) implements JsonRpcMessage {}
}
