package dev.stepgate.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcMessage.Error;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Envelopes of JSON-RPC 2.0, read strictly.
 *
 * <p>A request or notification has the known keys and no others. An answer may have further ones, which are dropped, but no
 * message may have a key that equals a known one only when case is ignored: two readers could then see two messages.
 */
public final class JsonRpcCodec {
    /** Length of an id in UTF-16 code units. */
    public static final int LONGEST_ID = 256;

    private static final String VERSION = "2.0";
    private static final long LARGEST_SAFE_INTEGER = (1L << 53) - 1;
    private static final Set<String> CALL_KEYS = Set.of("jsonrpc", "id", "method", "params");
    private static final Set<String> ALL_KEYS = Set.of("jsonrpc", "id", "method", "params", "result", "error");

    private JsonRpcCodec() {}

    /** Reads one message; throws {@link JsonRpcProblem} and nothing else. */
    public static JsonRpcMessage read(JsonNode document) {
        if (!(document instanceof ObjectNode message)) {
            throw new JsonRpcProblem(
                    null, document.isArray() ? "batches are not accepted" : "a message must be a JSON object");
        }
        JsonNode id = id(message);
        requireKeys(message, id);
        if (!VERSION.equals(message.path("jsonrpc").textValue())) {
            throw new JsonRpcProblem(id, "`jsonrpc` must be \"2.0\"");
        }
        return message.has("method") ? call(message, id) : answer(message, id);
    }

    private static @Nullable JsonNode id(ObjectNode message) {
        JsonNode id = message.get("id");
        return isId(id) ? id : null;
    }

    private static boolean isId(@Nullable JsonNode id) {
        if (id == null) {
            return false;
        }
        if (id.isTextual()) {
            return id.textValue().length() <= LONGEST_ID;
        }
        return id.isIntegralNumber()
                && id.canConvertToLong()
                && Math.abs(id.longValue()) <= LARGEST_SAFE_INTEGER
                && id.longValue() != Long.MIN_VALUE;
    }

    private static void requireKeys(ObjectNode message, @Nullable JsonNode id) {
        Set<String> known = message.has("method") ? CALL_KEYS : ALL_KEYS;
        for (Map.Entry<String, JsonNode> field : message.properties()) {
            String key = field.getKey();
            if (!known.contains(key) && (message.has("method") || ALL_KEYS.contains(key.toLowerCase(Locale.ROOT)))) {
                throw new JsonRpcProblem(id, "the message has a key that JSON-RPC does not know");
            }
        }
    }

    private static JsonRpcMessage call(ObjectNode message, @Nullable JsonNode id) {
        JsonNode method = message.path("method");
        if (!method.isTextual()) {
            throw new JsonRpcProblem(id, "`method` must be a string");
        }
        JsonNode params = message.get("params");
        if (params != null && !params.isObject()) {
            throw new JsonRpcProblem(id, "`params` must be an object");
        }
        ObjectNode object = (ObjectNode) params;
        if (!message.has("id")) {
            return new Notification(method.textValue(), object);
        }
        return new Request(requireId(id), method.textValue(), object);
    }

    private static JsonRpcMessage answer(ObjectNode message, @Nullable JsonNode id) {
        JsonNode result = message.path("result");
        JsonNode error = message.path("error");
        // Some servers send the absent one of the two as null.
        boolean good = !result.isMissingNode() && !result.isNull();
        boolean bad = !error.isMissingNode() && !error.isNull();
        if (good == bad) {
            throw new JsonRpcProblem(id, "a message needs one of `method`, `result` and `error`");
        }
        if (bad) {
            return error(message, id, error);
        }
        if (!result.isObject()) {
            throw new JsonRpcProblem(id, "`result` must be an object");
        }
        return new Result(requireId(id), (ObjectNode) result);
    }

    private static Error error(ObjectNode message, @Nullable JsonNode id, JsonNode error) {
        JsonNode code = error.path("code");
        if (!code.isIntegralNumber() || !code.canConvertToInt()) {
            throw new JsonRpcProblem(id, "`error.code` must be an integer");
        }
        JsonNode sentId = message.path("id");
        if (id == null && !sentId.isMissingNode() && !sentId.isNull()) {
            throw invalidId();
        }
        return new Error(id, code.intValue(), error.path("message").asText(""), error.get("data"));
    }

    private static JsonNode requireId(@Nullable JsonNode id) {
        if (id == null) {
            throw invalidId();
        }
        return id;
    }

    private static JsonRpcProblem invalidId() {
        return new JsonRpcProblem(null, "`id` must be an integer or a string of at most " + LONGEST_ID + " characters");
    }

    /** The message as a tree that shares what the message carries. */
    public static ObjectNode write(JsonRpcMessage message) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode().put("jsonrpc", VERSION);
        switch (message) {
            case Request(JsonNode id, String method, ObjectNode params) -> {
                tree.set("id", id);
                tree.put("method", method);
                setIfPresent(tree, "params", params);
            }
            case Notification(String method, ObjectNode params) -> {
                tree.put("method", method);
                setIfPresent(tree, "params", params);
            }
            case Result(JsonNode id, ObjectNode result) -> {
                tree.set("id", id);
                tree.set("result", result);
            }
            case Error(JsonNode id, int code, String text, JsonNode more) -> {
                tree.set("id", id); // JSON-RPC wants null where it is unknown
                ObjectNode error = tree.putObject("error").put("code", code).put("message", text);
                setIfPresent(error, "data", more);
            }
        }
        return tree;
    }

    /** The message as compact UTF-8 without a line break. */
    public static byte[] bytes(JsonRpcMessage message) {
        return StrictJson.bytes(write(message));
    }

    private static void setIfPresent(ObjectNode tree, String key, @Nullable JsonNode value) {
        if (value != null) {
            tree.set(key, value);
        }
    }
}
