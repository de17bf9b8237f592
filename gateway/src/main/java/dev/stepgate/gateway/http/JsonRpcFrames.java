package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.tool.Deadline;
import java.nio.charset.StandardCharsets;

/** Bare JSON-RPC on WS {@code /mcp}. Stateless. */
final class JsonRpcFrames implements SocketDialect {
    private static final int SERVER_ERROR = -32000;

    private final OpenEnvJsonRpc jsonRpc;

    JsonRpcFrames(Gateway gateway) {
        this.jsonRpc = new OpenEnvJsonRpc(gateway);
    }

    @Override
    public Reply answer(String frame, SocketSeat seat, Deadline deadline) {
        JsonNode tree;
        try {
            tree = JsonRpcAnswers.finite(frame.getBytes(StandardCharsets.UTF_8));
        } catch (JsonProblem malformed) {
            return Reply.goOn(JsonRpcAnswers.error(
                    NullNode.instance,
                    JsonRpcCode.PARSE_ERROR,
                    "Parse error: " + malformed.reason(),
                    NullNode.instance));
        }
        return tree.isObject()
                ? Reply.goOn(jsonRpc.answer(tree, new OpenEnvJsonRpc.Seat(seat.door(), seat.episode(), deadline)))
                : Reply.thenClose(JsonRpcAnswers.error(
                        NullNode.instance, SERVER_ERROR, "a frame is one JSON object", NullNode.instance));
    }

    @Override
    public ObjectNode refusal(String code, String message, ObjectNode details) {
        return JsonRpcAnswers.error(NullNode.instance, SERVER_ERROR, message, details);
    }
}
