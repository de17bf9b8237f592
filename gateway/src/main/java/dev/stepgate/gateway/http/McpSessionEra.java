package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.Origin;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.gateway.session.McpSession;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcProblem;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolCall;
import java.util.Optional;

/** MCP of the session eras, revisions 2025-03-26 to 2025-11-25: {@code initialize}, then a session id with every request. */
final class McpSessionEra {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int MAX_META = 16 * 1024;
    private static final String OUR_META = "dev.stepgate/";

    private final Gateway gateway;
    private final Lifecycle lifecycle;

    McpSessionEra(Gateway gateway) {
        this.gateway = gateway;
        this.lifecycle = new Lifecycle(gateway);
    }

    Answer post(Ask ask, Door door, JsonNode tree) {
        if (!ask.isJson()) {
            return McpEndpoint.error(415, JsonRpcCode.INVALID_REQUEST, "Content-Type must be application/json", null);
        }
        JsonRpcMessage message;
        try {
            message = JsonRpcCodec.read(tree);
        } catch (JsonRpcProblem problem) {
            return Answer.json(400, JsonRpcCodec.write(problem.answer()));
        }
        if (message instanceof JsonRpcMessage.Request request
                && request.method().equals("initialize")) {
            return initialize(request, door);
        }
        Optional<String> id = ask.header(McpEndpoint.SESSION);
        if (id.isEmpty()) {
            return McpEndpoint.error(
                    400, JsonRpcCode.INVALID_REQUEST, "Mcp-Session-Id is required: send initialize first", null);
        }
        Optional<McpSession> session = find(id.get(), door);
        if (session.isEmpty()) {
            return unknownSession();
        }
        if (!(message instanceof JsonRpcMessage.Request request)) {
            return Answer.empty(202);
        }
        try {
            return Answer.json(200, answer(request, new Turn(door, session.get(), ask.deadline())));
        } catch (CapacityReached reached) {
            return overloaded(request, reached.sentence());
        }
    }

    Answer delete(Ask ask, Door door) {
        Optional<String> id = ask.header(McpEndpoint.SESSION);
        if (id.isEmpty()) {
            return Answer.methodNotAllowed("POST");
        }
        Optional<McpSession> session = find(id.get(), door);
        session.ifPresent(gateway.mcpSessions()::end);
        return session.isPresent() ? Answer.empty(204) : unknownSession();
    }

    private Optional<McpSession> find(String id, Door door) {
        return gateway.mcpSessions()
                .find(id, door.principal().key(), door.environment().name());
    }

    private static Answer unknownSession() {
        return McpEndpoint.error(404, JsonRpcCode.INVALID_REQUEST, "Session not found", null);
    }

    /** A revision that is not spoken here is answered with the newest that is; the client decides whether to go on. */
    private Answer initialize(JsonRpcMessage.Request request, Door door) {
        ProtocolVersion version = ProtocolVersion.of(
                        params(request).path("protocolVersion").asText(""))
                .orElse(ProtocolVersion.NEWEST_WITH_SESSIONS);
        Optional<McpSession> session = gateway.mcpSessions()
                .open(door.principal().key(), door.environment().name(), version);
        if (session.isEmpty()) {
            return overloaded(request, "too many sessions are open");
        }
        ObjectNode result = NODES.objectNode();
        result.put("protocolVersion", version.wireName());
        result.putObject("capabilities").putObject("tools");
        result.putObject("serverInfo")
                .put("name", "stepgate/" + door.environment().name())
                .put("version", "0.1.0");
        result.put("instructions", door.environment().manifest().description());
        return Answer.json(200, JsonRpcAnswers.result(request.id(), result))
                .with(McpEndpoint.SESSION, session.get().id());
    }

    private static Answer overloaded(JsonRpcMessage.Request request, String sentence) {
        return Answer.json(503, JsonRpcAnswers.error(request.id(), JsonRpcCode.INTERNAL_ERROR, sentence, null))
                .with("Retry-After", "5");
    }

    private record Turn(Door door, McpSession session, Deadline deadline) {}

    private ObjectNode answer(JsonRpcMessage.Request request, Turn turn) {
        return switch (request.method()) {
            case "ping" -> JsonRpcAnswers.result(request.id(), NODES.objectNode());
            case "tools/list" -> {
                gateway.authenticator().require(turn.door().principal(), Right.LIST_TOOLS);
                yield JsonRpcAnswers.result(request.id(), list(turn.door()));
            }
            case "tools/call" -> {
                gateway.authenticator().require(turn.door().principal(), Right.CALL_TOOLS);
                yield call(request, turn);
            }
            default -> JsonRpcAnswers.error(request.id(), JsonRpcCode.METHOD_NOT_FOUND, "Method not found", null);
        };
    }

    /** All tools on one page: several clients do not follow a cursor. */
    private ObjectNode list(Door door) {
        ObjectNode result = NODES.objectNode();
        ArrayNode tools = result.putArray("tools");
        door.visibleTools().stream().map(CatalogEntry::definition).forEach(tools::add);
        return result;
    }

    private ObjectNode call(JsonRpcMessage.Request request, Turn turn) {
        JsonNode name = params(request).path("name");
        JsonNode arguments = params(request).path("arguments");
        JsonNode meta = params(request).path("_meta");
        if (!name.isTextual() || !(arguments.isMissingNode() || arguments.isObject())) {
            return invalidParams(request, "`name` must be a string and `arguments` an object");
        }
        if (!meta.isMissingNode() && (!meta.isObject() || StrictJson.bytes(meta).length > MAX_META)) {
            return invalidParams(request, "`_meta` must be an object of at most 16 KiB");
        }
        for (var entry : meta.properties()) {
            if (entry.getKey().startsWith(OUR_META)) {
                return invalidParams(request, "`_meta` keys under " + OUR_META + " are the gateway's own");
            }
        }
        ToolCall call = new ToolCall(
                name.textValue(),
                arguments instanceof ObjectNode object ? object : NODES.objectNode(),
                meta instanceof ObjectNode object ? object.deepCopy().without("progressToken") : null);
        return call(request, turn, call);
    }

    private ObjectNode call(JsonRpcMessage.Request request, Turn turn, ToolCall call) {
        Episode episode = episode(turn.door(), turn.session());
        Outcome outcome =
                lifecycle.call(new IncomingCall(turn.door().principal(), episode, call, Face.MCP, turn.deadline()));
        return switch (outcome) {
            case Outcome.Observed(Observation observation) -> JsonRpcAnswers.result(request.id(), observation.result());
            case Outcome.Refused(Refusal refusal, boolean _)
            when refusal.isUnknownTool() -> invalidParams(request, refusal.reason());
            // A client that gets this asks its issuer for the scopes, and then makes the call again.
            case Outcome.Refused(Refusal refusal, boolean _)
            when !refusal.scopes().isEmpty() -> throw gateway.authenticator().lacking(refusal.scopes());
            case Outcome.Refused(Refusal refusal, boolean _) ->
                JsonRpcAnswers.result(request.id(), CallToolResult.refused(refusal));
        };
    }

    private Episode episode(Door door, McpSession session) {
        boolean shared = door.environment().manifest().episode().mcpSession()
                == dev.stepgate.environment.EpisodeLimits.McpSession.SHARED;
        if (door.fixed() != null || shared) {
            return door.episode();
        }
        return session.episode(() -> gateway.episodes()
                .open(door.environment().name(), door.principal().key(), Origin.MCP_SESSION));
    }

    private static ObjectNode params(JsonRpcMessage.Request request) {
        ObjectNode params = request.params();
        return params == null ? NODES.objectNode() : params;
    }

    private static ObjectNode invalidParams(JsonRpcMessage.Request request, String text) {
        return JsonRpcAnswers.error(request.id(), JsonRpcCode.INVALID_PARAMS, text, null);
    }
}
