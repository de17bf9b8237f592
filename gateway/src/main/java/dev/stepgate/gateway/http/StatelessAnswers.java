package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.tool.Reply;
import java.util.Set;

/** How answers are dressed in MCP 2026-07-28. */
final class StatelessAnswers {
    private static final Set<String> CACHED = Set.of(
            "server/discover",
            "tools/list",
            "prompts/list",
            "resources/list",
            "resources/templates/list",
            "resources/read");

    private StatelessAnswers() {}

    static ObjectNode message(JsonNode id, Reply reply) {
        return switch (reply) {
            case Reply.Result(ObjectNode result) -> JsonRpcAnswers.result(id, result);
            case Reply.Failure(int code, String message, JsonNode data) ->
                JsonRpcAnswers.error(id, code, message, data);
        };
    }

    /** The status that goes with a code; everything that came to an answer is 200. */
    static int status(Reply reply) {
        return switch (reply) {
            case Reply.Result _ -> 200;
            case Reply.Failure(int code, String _, JsonNode _) -> status(code);
        };
    }

    static int status(int code) {
        return switch (code) {
            case JsonRpcCode.METHOD_NOT_FOUND -> 404;
            case JsonRpcCode.HEADER_MISMATCH,
                    JsonRpcCode.MISSING_CLIENT_CAPABILITY,
                    JsonRpcCode.UNSUPPORTED_PROTOCOL_VERSION,
                    JsonRpcCode.PARSE_ERROR,
                    JsonRpcCode.INVALID_REQUEST -> 400;
            default -> 200;
        };
    }

    /** What is said here for a code that only the revisions with sessions have. */
    private static int ofThisRevision(int code) {
        return switch (code) {
            case JsonRpcCode.RESOURCE_NOT_FOUND -> JsonRpcCode.INVALID_PARAMS;
            case JsonRpcCode.URL_ELICITATION_REQUIRED -> JsonRpcCode.INTERNAL_ERROR;
            default -> code;
        };
    }

    /**
     * An answer as this revision wants it. Whatever could be kept is the caller's own: who may see what depends on who asks.
     */
    static Reply dressed(String method, Reply reply) {
        if (reply instanceof Reply.Failure failure) {
            return new Reply.Failure(ofThisRevision(failure.code()), failure.message(), failure.data());
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.setAll(((Reply.Result) reply).result());
        if (!result.has(ModernMeta.RESULT_TYPE)) {
            result.put(ModernMeta.RESULT_TYPE, ModernMeta.COMPLETE);
        }
        if (CACHED.contains(method)) {
            if (!result.path("ttlMs").isIntegralNumber()) {
                result.put("ttlMs", 0);
            }
            result.put("cacheScope", "private");
        }
        return new Reply.Result(result);
    }
}
