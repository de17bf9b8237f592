package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.NativeActions;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolCall;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The frames of {@code /ws}: one in, exactly one out. Stateless; blocks the calling virtual thread. */
final class OpenEnvFrames implements SocketDialect {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Set<String> TYPES = Set.of("reset", "step", "state", "close", "mcp");

    private final Gateway gateway;
    private final Lifecycle lifecycle;
    private final OpenEnvJsonRpc jsonRpc;

    OpenEnvFrames(Gateway gateway) {
        this.gateway = gateway;
        this.lifecycle = new Lifecycle(gateway);
        this.jsonRpc = new OpenEnvJsonRpc(gateway);
    }

    @Override
    public Reply answer(String frame, SocketSeat seat, Deadline deadline) {
        byte[] bytes = frame.getBytes(StandardCharsets.UTF_8);
        boolean strict = true;
        JsonNode tree;
        try {
            tree = JsonRpcAnswers.finite(bytes);
        } catch (JsonProblem notStrict) {
            strict = false;
            try {
                tree = StrictJson.parse(bytes, JsonRpcAnswers.LENIENT_FRAME);
            } catch (JsonProblem malformed) {
                return Reply.goOn(error("INVALID_JSON", "Invalid JSON: " + malformed.reason()));
            }
        }
        return tree instanceof ObjectNode message
                ? answer(message, new Turn(seat, strict, deadline))
                : Reply.thenClose(error("SESSION_ERROR", "a frame is one JSON object"));
    }

    /**
     * What a frame is answered with regard to.
     *
     * @param strict whether it kept the rules that hold for tool calls
     */
    private record Turn(SocketSeat seat, boolean strict, Deadline deadline) {}

    private Reply answer(ObjectNode message, Turn turn) {
        SocketSeat seat = turn.seat();
        String type = message.path("type").asText("");
        if (!TYPES.contains(type)) {
            return Reply.goOn(error(
                    "UNKNOWN_TYPE",
                    "Unknown message type: " + message.path("type").asText("None")));
        }
        Optional<ObjectNode> invalid = invalid(message, type);
        if (invalid.isPresent()) {
            return Reply.goOn(invalid.get());
        }
        ObjectNode data = message.get("data") instanceof ObjectNode given ? given : NODES.objectNode();
        try {
            return switch (type) {
                case "reset" ->
                    Reply.goOn(controlled(seat)
                            .orElseGet(() -> observation(lifecycle.reset(seat.episode(), data, turn.deadline()))));
                case "step" -> Reply.goOn(step(data, turn));
                case "state" ->
                    Reply.goOn(controlled(seat)
                            .orElseGet(() -> frame("state", lifecycle.state(seat.episode(), turn.deadline()))));
                case "mcp" -> Reply.goOn(mcp(data, turn));
                default -> Reply.closeOnly();
            };
        } catch (Refusal refusal) {
            return Reply.goOn(error("EXECUTION_ERROR", OpenEnvWire.fault(refusal)));
        }
    }

    /** Resets and the state belong to trainers, and to nobody in production. */
    private Optional<ObjectNode> controlled(SocketSeat seat) {
        if (gateway.production()) {
            return Optional.of(error("EXECUTION_ERROR", "policy_denied: there is no control plane in production"));
        }
        return gateway.authenticator().allows(seat.door().principal(), Right.DRIVE)
                ? Optional.empty()
                : Optional.of(error("EXECUTION_ERROR", "policy_denied: only a trainer drives an episode"));
    }

    private ObjectNode step(ObjectNode action, Turn turn) {
        SocketSeat seat = turn.seat();
        Optional<ToolCall> act = NativeActions.callOf(seat.door().environment().manifest(), action);
        if (act.isPresent()) {
            return controlled(seat).orElseGet(() -> act(act.get(), turn));
        }
        return switch (OpenEnvCall.read(action)) {
            case OpenEnvCall.ListTools() ->
                observation(OpenEnvWire.toolList(seat.door().visibleTools()));
            case OpenEnvCall.CallTool call
            when turn.strict() ->
                observation(lifecycle.step(new IncomingCall(
                        seat.door().principal(), seat.episode(), call.call(), Face.WS, turn.deadline())));
            case OpenEnvCall.CallTool _ -> notStrict("arguments");
            case OpenEnvCall.Invalid(ArrayNode errors) -> invalid(errors);
        };
    }

    private ObjectNode act(ToolCall call, Turn turn) {
        SocketSeat seat = turn.seat();
        return turn.strict()
                ? observation(lifecycle.act(
                        new IncomingCall(seat.door().principal(), seat.episode(), call, Face.WS, turn.deadline())))
                : notStrict("data");
    }

    private ObjectNode mcp(ObjectNode data, Turn turn) {
        SocketSeat seat = turn.seat();
        return turn.strict()
                ? frame(
                        "mcp",
                        jsonRpc.answer(data, new OpenEnvJsonRpc.Seat(seat.door(), seat.episode(), turn.deadline())))
                : notStrict("data");
    }

    /** The envelope's own rules: only the known keys, and data where its type has any. */
    private static Optional<ObjectNode> invalid(ObjectNode message, String type) {
        ArrayNode errors = NODES.arrayNode();
        boolean takesData = !type.equals("state") && !type.equals("close");
        message.properties().forEach(entry -> {
            boolean known = entry.getKey().equals("type")
                    || (takesData && entry.getKey().equals("data"));
            if (!known) {
                add(errors, "extra_forbidden", entry.getKey(), "Extra inputs are not permitted", entry.getValue());
            }
        });
        JsonNode data = message.get("data");
        if (takesData && data == null && !type.equals("reset")) {
            add(errors, "missing", "data", "Field required", message);
        } else if (takesData && data != null && !data.isObject()) {
            add(errors, "dict_type", "data", "Input should be a valid dictionary", data);
        }
        return errors.isEmpty() ? Optional.empty() : Optional.of(invalid(errors));
    }

    private static ObjectNode notStrict(String field) {
        ArrayNode errors = NODES.arrayNode();
        add(errors, "int_parsing_size", field, "Input should hold integers within 2^53 only", null);
        return invalid(errors);
    }

    private static void add(ArrayNode errors, String type, String field, String text, @Nullable JsonNode input) {
        ObjectNode error = errors.addObject().put("type", type);
        error.putArray("loc").add(field);
        error.put("msg", text);
        error.set("input", input);
    }

    private static ObjectNode invalid(ArrayNode errors) {
        ObjectNode frame = error("VALIDATION_ERROR", "Invalid message");
        ((ObjectNode) frame.get("data")).set("errors", errors);
        return frame;
    }

    private static ObjectNode observation(ObjectNode data) {
        return frame("observation", data);
    }

    private static ObjectNode frame(String type, ObjectNode data) {
        ObjectNode frame = NODES.objectNode().put("type", type);
        frame.set("data", data);
        return frame;
    }

    static ObjectNode error(String code, String message) {
        return frame("error", NODES.objectNode().put("message", message).put("code", code));
    }

    @Override
    public ObjectNode refusal(String code, String message, ObjectNode details) {
        ObjectNode frame = error(code, message);
        ((ObjectNode) frame.get("data")).setAll(details);
        return frame;
    }
}
