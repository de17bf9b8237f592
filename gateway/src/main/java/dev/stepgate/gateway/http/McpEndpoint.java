package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.ProtocolVersion;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /envs/{env}/mcp} and {@code /mcp} below an episode: finds out which dialect a request speaks and gives it to the
 * one that does. Another protocol era is another class beside {@link McpSessionEra}.
 */
final class McpEndpoint {
    static final int MAX_BODY = 4 * 1024 * 1024;
    static final String SESSION = "Mcp-Session-Id";
    static final String VERSION = "MCP-Protocol-Version";
    private static final String MODERN_VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
    private static final int UNSUPPORTED_VERSION = -32022;

    private final McpSessionEra sessions;
    private final OpenEnvJsonRpc openEnv;

    McpEndpoint(Gateway gateway) {
        this.sessions = new McpSessionEra(gateway);
        this.openEnv = new OpenEnvJsonRpc(gateway);
    }

    Answer answer(Ask ask, Door door) {
        return switch (ask.method()) {
            case "POST" -> post(ask, door);
            case "DELETE" -> sessions.delete(ask, door);
            // No stream is offered without being asked by a POST; clients try, and go on without one.
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
        Optional<Answer> wrongVersion = wrongVersion(ask, tree);
        if (wrongVersion.isPresent()) {
            return wrongVersion.get();
        }
        boolean initialize = "initialize".equals(tree.path("method").textValue());
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

    /** The stateless era names its revision in every request; its clients go on with {@code initialize} after this. */
    private static Optional<Answer> wrongVersion(Ask ask, JsonNode tree) {
        JsonNode named = tree.path("params").path("_meta").path(MODERN_VERSION_KEY);
        String header = ask.header(VERSION).orElse(ProtocolVersion.NEWEST_WITH_SESSIONS.wireName());
        String asked = named.isTextual() ? named.textValue() : header;
        if (ProtocolVersion.of(asked).isPresent() && named.isMissingNode()) {
            return Optional.empty();
        }
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        ArrayNode supported = data.putArray("supported");
        for (ProtocolVersion version : ProtocolVersion.values()) {
            supported.add(version.wireName());
        }
        data.put("requested", asked);
        return Optional.of(error(400, UNSUPPORTED_VERSION, "Unsupported protocol version", data));
    }

    static Answer error(int status, int code, String text, @Nullable JsonNode data) {
        return Answer.json(status, JsonRpcAnswers.error(NullNode.instance, code, text, data));
    }
}
