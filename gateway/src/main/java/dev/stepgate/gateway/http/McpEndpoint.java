package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.mcp.ProtocolVersion;
import org.jspecify.annotations.Nullable;

/**
 * {@code /envs/{env}/mcp} and {@code /mcp} below an episode: finds out which dialect a request speaks and gives it to the
 * one that does: the revisions of MCP with sessions, those without, or OpenEnv's.
 */
final class McpEndpoint {
    static final int MAX_BODY = 4 * 1024 * 1024;
    static final String SESSION = "Mcp-Session-Id";
    static final String VERSION = "MCP-Protocol-Version";

    private final McpSessionEra sessions;
    private final McpStatelessEra stateless;
    private final OpenEnvJsonRpc openEnv;

    McpEndpoint(Gateway gateway, SlowRequests slow) {
        McpRequests requests = new McpRequests(gateway);
        this.sessions = new McpSessionEra(gateway, requests, slow);
        this.stateless = new McpStatelessEra(gateway, requests, slow);
        this.openEnv = new OpenEnvJsonRpc(gateway);
    }

    Answer answer(Ask ask, Door door) {
        return switch (ask.method()) {
            case "POST" -> post(ask, door);
            case "GET" -> sessions.get(ask, door);
            case "DELETE" -> sessions.delete(ask, door);
            default -> Answer.methodNotAllowed("POST, DELETE");
        };
    }

    private Answer post(Ask ask, Door door) {
        boolean marked = ask.header(SESSION).isPresent() || ask.header(VERSION).isPresent();
        JsonNode tree;
        try {
            tree = StrictJson.parse(ask.body(), JsonRpcAnswers.BODY);
        } catch (JsonProblem problem) {
            return marked
                    ? error(400, JsonRpcCode.PARSE_ERROR, "Parse error: " + problem.reason(), null)
                    : Answer.json(200, OpenEnvJsonRpc.parseError());
        }
        if (!marked && !isCall(tree)) {
            return Answer.json(200, openEnv.answer(tree, new OpenEnvJsonRpc.Seat(door, null, ask.deadline())));
        }
        boolean initialize = "initialize".equals(tree.path("method").textValue());
        if (isStateless(ask, tree, initialize)) {
            return stateless.post(ask, door, tree);
        }
        boolean streams = ask.header("Accept").orElse("").contains("text/event-stream");
        return marked || initialize || streams
                ? sessions.post(ask, door, tree)
                : Answer.json(200, openEnv.answer(tree, new OpenEnvJsonRpc.Seat(door, null, ask.deadline())));
    }

    private static boolean isCall(JsonNode tree) {
        return tree.isObject()
                && "2.0".equals(tree.path("jsonrpc").textValue())
                && tree.path("method").isTextual();
    }

    /** Every request without a session says in its body what it is; one whose header alone says so is a broken one. */
    private static boolean isStateless(Ask ask, JsonNode tree, boolean initialize) {
        if (!tree.path("params").path("_meta").path(ModernMeta.PROTOCOL_VERSION).isMissingNode()) {
            return true;
        }
        String header = ask.header(VERSION).orElse("");
        return !initialize
                && ProtocolVersion.of(header)
                        .filter(ProtocolVersion::isStateless)
                        .isPresent();
    }

    static ObjectNode serverInfo(Door door) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", "stepgate/" + door.environment().name())
                .put("version", "0.1.0");
    }

    static Answer error(int status, int code, String text, @Nullable JsonNode data) {
        return Answer.json(status, JsonRpcAnswers.error(NullNode.instance, code, text, data));
    }
}
