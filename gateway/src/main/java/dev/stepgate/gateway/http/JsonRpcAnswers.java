package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import org.jspecify.annotations.Nullable;

/** JSON-RPC answers as trees, and how the faces read what is sent to them. */
final class JsonRpcAnswers {
    /** A body of an MCP client. */
    static final Limits BODY = Limits.MESSAGE.withMaxBytes(McpEndpoint.MAX_BODY);

    /** A frame or body of an OpenEnv client, by the strict rules that hold for tool calls; a string may fill it. */
    static final Limits STRICT_FRAME =
            Limits.MESSAGE.withMaxBytes(EnvironmentRoutes.MAX_FRAME).withMaxStringLength(EnvironmentRoutes.MAX_FRAME);

    /** The same by the lenient rules that hold for resets. */
    static final Limits LENIENT_FRAME =
            Limits.FRAME.withMaxBytes(EnvironmentRoutes.MAX_FRAME).withMaxStringLength(EnvironmentRoutes.MAX_FRAME);

    private JsonRpcAnswers() {}

    /**
     * A frame or body of an OpenEnv client by the rules that hold for tool calls, but that Python writes tokens which are no
     * JSON: what is not finite becomes null, as an OpenEnv server writes it.
     *
     * @throws JsonProblem for what those rules refuse
     */
    static JsonNode finite(byte[] bytes) {
        try {
            return StrictJson.parse(bytes, STRICT_FRAME);
        } catch (JsonProblem notStrict) {
            return StrictJson.parse(StrictJson.bytes(StrictJson.parse(bytes, LENIENT_FRAME)), STRICT_FRAME);
        }
    }

    static ObjectNode result(JsonNode id, ObjectNode result) {
        return JsonRpcCodec.write(new JsonRpcMessage.Result(id, result));
    }

    /** An error; {@code id} is null or a JSON null where the request's could not be read. */
    static ObjectNode error(@Nullable JsonNode id, int code, String text, @Nullable JsonNode data) {
        return JsonRpcCodec.write(new JsonRpcMessage.Error(id, code, text, data));
    }
}
