package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.NativeActions;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolCall;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * OpenEnv's HTTP routes. Unlike the reference they keep state: they act on the episode of the URL, or on the caller's own
 * default episode.
 */
final class OpenEnvHttpEndpoint {
    private static final int MAX_ID = 255;

    /** The method of each route; what is not here is not found. */
    private static final Map<String, String> ROUTES = Map.of(
            "health",
            "GET",
            "metadata",
            "GET",
            "schema",
            "GET",
            "openapi.json",
            "GET",
            "reset",
            "POST",
            "step",
            "POST",
            "state",
            "GET");

    private final Gateway gateway;
    private final Lifecycle lifecycle;

    OpenEnvHttpEndpoint(Gateway gateway) {
        this.gateway = gateway;
        this.lifecycle = new Lifecycle(gateway);
    }

    Answer answer(Ask ask, Door door) {
        if (TaskRoutes.has(ask.rest())) {
            return TaskRoutes.answer(ask, door);
        }
        String method = ROUTES.get(ask.rest());
        if (method == null || (gateway.production() && isLifecycle(ask.rest()))) {
            return Answer.notFound();
        }
        if (!method.equals(ask.method())
                && !(method.equals("GET") && ask.method().equals("HEAD"))) {
            return Answer.methodNotAllowed(method);
        }
        if (isLifecycle(ask.rest())) {
            gateway.authenticator().require(door.principal(), Right.DRIVE);
        }
        try {
            return switch (ask.rest()) {
                case "health" -> Answer.healthy();
                case "metadata" ->
                    Answer.json(
                            200, OpenEnvDocuments.metadata(door.environment().manifest()));
                case "schema" -> Answer.json(200, door.environment().ownSchema().orElseGet(OpenEnvDocuments::schema));
                case "openapi.json" -> Answer.json(200, OpenEnvDocuments.openApi(door.base(), gateway.production()));
                case "state" -> Answer.json(200, lifecycle.state(door.episode(), ask.deadline()));
                default -> withBody(ask, door);
            };
        } catch (InvalidBody invalid) {
            return invalid.answer();
        } catch (CapacityReached reached) {
            return Answer.error(503, "capacity_reached", reached.sentence()).with("Retry-After", "5");
        } catch (Refusal refusal) {
            return refused(refusal);
        }
    }

    /** A fault, or a native action that came to no observation. */
    private static Answer refused(Refusal refusal) {
        String sentence = OpenEnvWire.fault(refusal);
        return switch (refusal.outcome()) {
            case INVALID_ARGUMENTS -> Answer.error(422, refusal.code(), sentence);
            case POLICY_DENIED -> Answer.error(403, refusal.code(), sentence);
            case TOOL_ERROR -> Answer.error(500, refusal.code(), sentence);
            case OK, BUDGET, EPISODE_OVER, TIMEOUT, CANCELLED, ENV_ERROR, INFRA_ERROR ->
                Answer.error(503, refusal.code(), sentence).with("Retry-After", "5");
        };
    }

    static boolean isLifecycle(String route) {
        return route.equals("reset") || route.equals("step") || route.equals("state");
    }

    private Answer withBody(Ask ask, Door door) throws InvalidBody {
        ObjectNode body = InvalidBody.object(ask, ask.rest().equals("reset"));
        return ask.rest().equals("reset") ? reset(body, ask, door) : step(body, ask, door);
    }

    private Answer reset(ObjectNode body, Ask ask, Door door) throws InvalidBody {
        JsonNode seed = body.path("seed");
        if (!(seed.isMissingNode() || seed.isNull())) {
            if (!seed.isIntegralNumber()) {
                throw new InvalidBody("int_type", "Input should be a valid integer", seed, "body", "seed");
            }
            if (seed.bigIntegerValue().signum() < 0) {
                throw new InvalidBody(
                        "greater_than_equal", "Input should be greater than or equal to 0", seed, "body", "seed");
            }
        }
        checkId(body, "episode_id");
        return Answer.json(200, lifecycle.reset(door.episode(), body, ask.deadline()));
    }

    private Answer step(ObjectNode body, Ask ask, Door door) throws InvalidBody {
        JsonNode action = body.path("action");
        JsonNode timeout = body.path("timeout_s");
        if (action.isMissingNode()) {
            throw new InvalidBody("missing", "Field required", body, "body", "action");
        }
        if (!action.isObject()) {
            throw new InvalidBody("dict_type", "Input should be a valid dictionary", action, "body", "action");
        }
        if (!(timeout.isMissingNode() || timeout.isNull()) && !(timeout.isNumber() && timeout.doubleValue() > 0)) {
            throw new InvalidBody("greater_than", "Input should be greater than 0", timeout, "body", "timeout_s");
        }
        checkId(body, "request_id");
        Deadline deadline = timeout.isNumber() ? ask.deadline().atMost(seconds(timeout)) : ask.deadline();
        Optional<ToolCall> act = NativeActions.callOf(door.environment().manifest(), (ObjectNode) action);
        if (act.isPresent()) {
            return Answer.json(
                    200,
                    lifecycle.act(new IncomingCall(door.principal(), door.episode(), act.get(), Face.HTTP, deadline)));
        }
        return switch (OpenEnvCall.read((ObjectNode) action)) {
            case OpenEnvCall.ListTools() -> Answer.json(200, OpenEnvWire.toolList(door.visibleTools()));
            case OpenEnvCall.CallTool call ->
                Answer.json(
                        200,
                        lifecycle.step(
                                new IncomingCall(door.principal(), door.episode(), call.call(), Face.HTTP, deadline)));
            case OpenEnvCall.Invalid(ArrayNode errors) -> throw new InvalidBody(errors);
        };
    }

    private static Duration seconds(JsonNode number) {
        double longest = Exchange.ANSWER_WITHIN.toSeconds();
        return Duration.ofNanos((long) (Math.min(number.doubleValue(), longest) * 1e9));
    }

    private static void checkId(ObjectNode body, String field) throws InvalidBody {
        JsonNode id = body.path(field);
        if (id.isMissingNode() || id.isNull()) {
            return;
        }
        if (!id.isTextual()) {
            throw new InvalidBody("string_type", "Input should be a valid string", id, "body", field);
        }
        if (id.textValue().length() > MAX_ID) {
            throw new InvalidBody(
                    "string_too_long", "String should have at most 255 characters", NullNode.instance, "body", field);
        }
    }
}
