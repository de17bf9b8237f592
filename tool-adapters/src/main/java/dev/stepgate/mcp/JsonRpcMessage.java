package dev.stepgate.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One JSON-RPC 2.0 message: a thin envelope around the tree it arrived as. Immutable as long as its tree is left alone. */
public sealed interface JsonRpcMessage {

    /**
     * A request: it must be answered, under the same id.
     *
     * @param id a string of at most 256 characters or a safe integer
     * @param params an object, empty if the message had none
     */
    record Request(JsonNode id, String method, ObjectNode params) implements JsonRpcMessage {}

    /** A message that gets no answer. */
    record Notification(String method, ObjectNode params) implements JsonRpcMessage {}

    /**
     * An answer.
     *
     * @param id the request's id
     * @param result the result, any JSON value, or null if this is an error
     * @param error the error object, or null if this is a result
     */
    record Response(
            JsonNode id,
            @Nullable JsonNode result,
            @Nullable ObjectNode error) implements JsonRpcMessage {}

    /** Not a JSON-RPC message. The sentence quotes nothing of it. */
    record Malformed(String sentence) implements JsonRpcMessage {}

    int PARSE_ERROR = -32700;
    int INVALID_REQUEST = -32600;
    int METHOD_NOT_FOUND = -32601;
    int INVALID_PARAMS = -32602;
    int INTERNAL_ERROR = -32603;

    Set<String> KEYS = Set.of("jsonrpc", "id", "method", "params", "result", "error");
    int MAX_ID_CHARACTERS = 256;

    /**
     * Looks at an envelope. Its keys must be exactly those of JSON-RPC: receivers that compare them without case would
     * otherwise read another message than the one that was checked here.
     */
    static JsonRpcMessage read(JsonNode tree) {
        if (!(tree instanceof ObjectNode object)) {
            return new Malformed("a message is one JSON object; batches are not taken");
        }
        for (var names = object.fieldNames(); names.hasNext(); ) {
            if (!KEYS.contains(names.next())) {
                return new Malformed("a message has only the keys jsonrpc, id, method, params, result and error");
            }
        }
        if (!"2.0".equals(object.path("jsonrpc").textValue())) {
            return new Malformed("`jsonrpc` must be \"2.0\"");
        }
        return object.has("method") ? readCall(object) : readResponse(object);
    }

    private static JsonRpcMessage readCall(ObjectNode object) {
        JsonNode id = object.get("id");
        JsonNode params = object.get("params");
        String method = object.path("method").textValue();
        if (method == null || method.isEmpty()) {
            return new Malformed("`method` must be a string");
        }
        if (object.has("result") || object.has("error")) {
            return new Malformed("a message with a method has no result and no error");
        }
        if (params != null && !params.isObject()) {
            return new Malformed("`params` must be an object");
        }
        ObjectNode arguments = params == null ? JsonNodeFactory.instance.objectNode() : (ObjectNode) params;
        if (id == null) {
            return new Notification(method, arguments);
        }
        return isId(id) ? new Request(id, method, arguments) : new Malformed("`id` must be a string or an integer");
    }

    private static JsonRpcMessage readResponse(ObjectNode object) {
        JsonNode id = object.get("id");
        JsonNode error = object.get("error");
        if (object.has("params") || (object.has("result") == (error != null))) {
            return new Malformed("a message has a method, a result or an error");
        }
        if (error != null && !error.isObject()) {
            return new Malformed("`error` must be an object");
        }
        if (id == null || !(isId(id) || id.isNull())) {
            return new Malformed("an answer has the id of its request");
        }
        return new Response(id, object.get("result"), (ObjectNode) error);
    }

    private static boolean isId(JsonNode id) {
        return id.isTextual() ? id.textValue().length() <= MAX_ID_CHARACTERS : id.isIntegralNumber();
    }

    /** A request as a tree, ready to be written. */
    static ObjectNode request(JsonNode id, String method, @Nullable ObjectNode params) {
        ObjectNode message = notification(method, params);
        message.set("id", id);
        return message;
    }

    static ObjectNode notification(String method, @Nullable ObjectNode params) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("jsonrpc", "2.0");
        message.put("method", method);
        if (params != null) {
            message.set("params", params);
        }
        return message;
    }

    static ObjectNode result(JsonNode id, JsonNode result) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("jsonrpc", "2.0");
        message.set("id", id);
        message.set("result", result);
        return message;
    }

    /** An error as a tree; {@code id} is a JSON null where the request's could not be read. */
    static ObjectNode error(JsonNode id, int code, String text, @Nullable JsonNode data) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("jsonrpc", "2.0");
        message.set("id", id);
        ObjectNode error = message.putObject("error");
        error.put("code", code);
        error.put("message", text);
        if (data != null) {
            error.set("data", data);
        }
        return message;
    }
}
