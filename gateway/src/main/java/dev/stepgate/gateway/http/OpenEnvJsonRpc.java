package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.gateway.session.OpenEnvSessions.Closed;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolCall;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * OpenEnv's JSON-RPC dialect: on POST {@code /mcp}, on WS {@code /mcp}, and in the {@code mcp} frames of {@code /ws}. It is
 * not MCP: there is no handshake, a request without an id is answered, and a failing tool is an error. Never {@code
 * "error": null}: its clients take the key itself for a failure.
 */
final class OpenEnvJsonRpc {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Set<String> KEYS = Set.of("jsonrpc", "id", "method", "params");
    private static final int SERVER_ERROR = -32000;

    private final Gateway gateway;
    private final Lifecycle lifecycle;

    OpenEnvJsonRpc(Gateway gateway) {
        this.gateway = gateway;
        this.lifecycle = new Lifecycle(gateway);
    }

    /**
     * Who speaks.
     *
     * @param socket the episode of the socket that the message came on, or null for a POST
     * @param deadline until when the message must be answered
     */
    record Seat(Door door, @Nullable Episode socket, Deadline deadline) {}

    static ObjectNode parseError() {
        return JsonRpcAnswers.error(NullNode.instance, JsonRpcCode.PARSE_ERROR, "Parse error", NullNode.instance);
    }

    /** Answers one message, whatever it is. */
    ObjectNode answer(JsonNode tree, Seat seat) {
        if (!(tree instanceof ObjectNode message)) {
            return parseError();
        }
        Optional<String> invalid = invalid(message);
        if (invalid.isPresent()) {
            return JsonRpcAnswers.error(
                    NullNode.instance,
                    JsonRpcCode.INVALID_REQUEST,
                    "Invalid request: " + invalid.get(),
                    NullNode.instance);
        }
        JsonNode id = message.path("id").isMissingNode() ? NullNode.instance : message.get("id");
        ObjectNode params = message.get("params") instanceof ObjectNode given ? given : NODES.objectNode();
        try {
            return switch (message.path("method").asText()) {
                case "tools/list" -> list(id, seat);
                case "tools/call" -> call(id, params, seat);
                case "openenv/session/create" -> create(id, seat);
                case "openenv/session/close" -> close(id, params, seat);
                default -> methodNotFound(id, message.path("method").asText());
            };
        } catch (CapacityReached reached) {
            ObjectNode data = NODES.objectNode();
            data.put("active_sessions", reached.active()).put("max_sessions", reached.capacity());
            return JsonRpcAnswers.error(id, SERVER_ERROR, reached.sentence(), data);
        }
    }

    private static Optional<String> invalid(ObjectNode message) {
        for (var entry : message.properties()) {
            if (!KEYS.contains(entry.getKey())) {
                return Optional.of("only jsonrpc, id, method and params are permitted");
            }
        }
        JsonNode id = message.path("id");
        if (!"2.0".equals(message.path("jsonrpc").textValue())) {
            return Optional.of("jsonrpc must be \"2.0\"");
        }
        if (!message.path("method").isTextual()) {
            return Optional.of("method must be a string");
        }
        if (message.has("params") && !message.path("params").isObject()) {
            return Optional.of("params must be an object");
        }
        return id.isMissingNode() || id.isNull() || id.isTextual() || id.isIntegralNumber()
                ? Optional.empty()
                : Optional.of("id must be a string, an integer or null");
    }

    private ObjectNode list(JsonNode id, Seat seat) {
        if (!gateway.authenticator().allows(seat.door().principal(), Right.LIST_TOOLS)) {
            Refusal refusal =
                    Refusal.of(OutcomeClass.POLICY_DENIED, "scope.missing", "this caller may not list tools here");
            return refused(id, refusal);
        }
        ObjectNode result = NODES.objectNode();
        ArrayNode tools = result.putArray("tools");
        for (CatalogEntry tool : seat.door().visibleTools()) {
            ObjectNode entry = tool.definition().deepCopy();
            // A null or absent description makes OpenEnv's clients drop the whole list without a word.
            entry.put("description", tool.descriptor().description());
            tools.add(entry);
        }
        return JsonRpcAnswers.result(id, result);
    }

    private ObjectNode call(JsonNode id, ObjectNode params, Seat seat) {
        if (!params.path("name").isTextual()) {
            return JsonRpcAnswers.error(id, JsonRpcCode.INVALID_PARAMS, "Missing 'name' in params", NullNode.instance);
        }
        JsonNode arguments = params.path("arguments");
        if (!arguments.isMissingNode() && !arguments.isNull() && !arguments.isObject()) {
            return JsonRpcAnswers.error(
                    id, JsonRpcCode.INVALID_PARAMS, "'arguments' must be an object", NullNode.instance);
        }
        Optional<Episode> episode = episode(params, seat);
        if (episode.isEmpty()) {
            return unknownSession(id, params);
        }
        ObjectNode given = arguments instanceof ObjectNode object ? object : NODES.objectNode();
        ToolCall call = new ToolCall(params.path("name").textValue(), given, null);
        IncomingCall incoming =
                new IncomingCall(seat.door().principal(), episode.get(), call, Face.JSONRPC, seat.deadline());
        return switch (lifecycle.call(incoming)) {
            case Outcome.Observed(Observation observed, Score _)
            when observed.error() ->
                JsonRpcAnswers.error(
                        id,
                        JsonRpcCode.INTERNAL_ERROR,
                        "Error calling tool '" + call.tool() + "': " + OpenEnvWire.joinedText(observed.result()),
                        NullNode.instance);
            case Outcome.Observed(Observation observed, Score _) ->
                JsonRpcAnswers.result(id, OpenEnvWire.toolResult(observed.result()));
            case Outcome.Refused refused -> refused(id, refused.refusal());
        };
    }

    private static ObjectNode refused(JsonNode id, Refusal refusal) {
        ObjectNode data = NODES.objectNode().put("code", refusal.code());
        data.put("outcome", refusal.outcome().wireName());
        if (refusal.field() != null) {
            data.put("field", refusal.field());
        }
        return JsonRpcAnswers.error(
                id,
                JsonRpcCode.INTERNAL_ERROR,
                OpenEnvWire.sentence(refusal),
                refusal.isUnknownTool() ? NullNode.instance : data);
    }

    private Optional<Episode> episode(ObjectNode params, Seat seat) {
        JsonNode session = params.path("session_id");
        Episode own = seat.socket() == null ? seat.door().fixed() : seat.socket();
        if (session.isMissingNode() || session.isNull()) {
            return Optional.of(own == null ? seat.door().episode() : own);
        }
        if (own != null) {
            boolean means =
                    session.asText().equals(own.key()) || session.asText().equals(own.id());
            return means ? Optional.of(own) : Optional.empty();
        }
        return find(session.asText(), seat.door());
    }

    private Optional<Episode> find(String session, Door door) {
        return gateway.openEnvSessions()
                .find(session, door.principal().key(), door.environment().name());
    }

    private ObjectNode create(JsonNode id, Seat seat) {
        Door door = seat.door();
        Episode own = seat.socket() == null ? door.fixed() : seat.socket();
        if (!gateway.authenticator().allows(door.principal(), Right.DRIVE)) {
            return methodNotFound(id, "openenv/session/create");
        }
        String session = own == null
                ? gateway.openEnvSessions()
                        .create(door.environment().name(), door.principal().key())
                        .key()
                : own.id();
        return JsonRpcAnswers.result(id, NODES.objectNode().put("session_id", session));
    }

    private ObjectNode close(JsonNode id, ObjectNode params, Seat seat) {
        Door door = seat.door();
        if (!gateway.authenticator().allows(door.principal(), Right.DRIVE)) {
            return methodNotFound(id, "openenv/session/close");
        }
        if (!params.path("session_id").isTextual()) {
            return JsonRpcAnswers.error(
                    id, JsonRpcCode.INVALID_PARAMS, "Invalid params - 'session_id' is required", NullNode.instance);
        }
        String session = params.path("session_id").textValue();
        ObjectNode result = NODES.objectNode().put("session_id", session);
        Episode fixed = door.fixed();
        if (fixed != null) {
            return fixed.id().equals(session)
                    ? JsonRpcAnswers.result(id, result.put("closed", true))
                    : unknownSession(id, params);
        }
        Episode socket = seat.socket();
        if (socket != null && socket.key().equals(session)) {
            return JsonRpcAnswers.error(
                    id,
                    JsonRpcCode.INVALID_REQUEST,
                    "Cannot close active WebSocket-managed session via MCP method",
                    NullNode.instance);
        }
        return find(session, door)
                .map(episode -> gateway.openEnvSessions().close(episode) == Closed.NOW
                        ? result.put("closed", true)
                        : result.put("closed", false).put("closing", true))
                .map(answer -> JsonRpcAnswers.result(id, answer))
                .orElseGet(() -> unknownSession(id, params));
    }

    private static ObjectNode unknownSession(JsonNode id, ObjectNode params) {
        return JsonRpcAnswers.error(
                id,
                JsonRpcCode.INVALID_PARAMS,
                "Unknown session_id: " + params.path("session_id").asText(),
                NullNode.instance);
    }

    private static ObjectNode methodNotFound(JsonNode id, String method) {
        return JsonRpcAnswers.error(id, JsonRpcCode.METHOD_NOT_FOUND, "Method not found: " + method, NullNode.instance);
    }
}
