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
import java.util.Optional;

/**
 * OpenEnv's HTTP routes. Unlike the reference they keep state: they act on the episode of the URL, or on the caller's own
 * default episode.
 */
final class OpenEnvHttpEndpoint {
    private static final int MAX_ID = 255;

    private final Gateway gateway;
    private final Lifecycle lifecycle;

    OpenEnvHttpEndpoint(Gateway gateway) {
        this.gateway = gateway;
        this.lifecycle = new Lifecycle(gateway);
    }

    /** @param route one below an environment, as which the request was admitted */
    Answer answer(Route route, Ask ask, Door door) {
        if (TaskRoutes.has(route)) {
            return TaskRoutes.answer(ask, door);
        }
        if (gateway.production() && route.drives()) {
            return Answer.notFound();
        }
        String method = route.methods().getFirst();
        if (!method.equals(ask.method())
                && !(method.equals("GET") && ask.method().equals("HEAD"))) {
            return Answer.methodNotAllowed(method);
        }
        if (route.drives()) {
            gateway.authenticator().require(door.principal(), Right.DRIVE);
        }
        try {
            return switch (route) {
                case ENVIRONMENT_HEALTH -> Answer.healthy();
                case METADATA -> Answer.json(200, OpenEnvDocuments.metadata(door.environment()));
                case SCHEMA -> Answer.json(200, door.environment().ownSchema().orElseGet(OpenEnvDocuments::schema));
                case OPEN_API -> Answer.json(200, OpenEnvDocuments.openApi(door.base(), gateway.production()));
                case STATE -> Answer.json(200, lifecycle.state(door.episode(), ask.deadline()));
                case RESET -> reset(InvalidBody.object(ask, true), ask, door);
                case STEP -> step(InvalidBody.object(ask, false), ask, door);
                default -> Answer.notFound();
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
