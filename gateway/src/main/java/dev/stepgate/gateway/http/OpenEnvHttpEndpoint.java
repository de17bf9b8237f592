package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.util.Map;

/**
 * OpenEnv's HTTP routes. Unlike the reference they keep state: they act on the episode of the URL, or on the caller's own
 * default episode.
 */
final class OpenEnvHttpEndpoint {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
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
        String method = ROUTES.get(ask.rest());
        if (method == null || (gateway.production() && isLifecycle(ask.rest()))) {
            return Answer.notFound();
        }
        if (!method.equals(ask.method())
                && !(method.equals("GET") && ask.method().equals("HEAD"))) {
            return Answer.methodNotAllowed(method);
        }
        if (isLifecycle(ask.rest()) && !door.principal().has(Role.TRAINER)) {
            return Answer.forbidden("only a trainer drives an episode");
        }
        try {
            return switch (ask.rest()) {
                case "health" -> Answer.healthy();
                case "metadata" ->
                    Answer.json(
                            200, OpenEnvDocuments.metadata(door.environment().manifest()));
                case "schema" -> Answer.json(200, OpenEnvDocuments.schema());
                case "openapi.json" -> Answer.json(200, OpenEnvDocuments.openApi(door.base(), gateway.production()));
                case "state" ->
                    Answer.json(200, OpenEnvWire.state(door.episode().currentRun()));
                default -> withBody(ask, door);
            };
        } catch (Invalid invalid) {
            return Answer.json(422, NODES.objectNode().set("detail", invalid.detail));
        } catch (CapacityReached reached) {
            return Answer.error(503, "capacity_reached", reached.sentence()).with("Retry-After", "5");
        } catch (Refusal refusal) {
            return Answer.error(503, refusal.code(), OpenEnvWire.fault(refusal)).with("Retry-After", "5");
        }
    }

    private static boolean isLifecycle(String route) {
        return route.equals("reset") || route.equals("step") || route.equals("state");
    }

    private Answer withBody(Ask ask, Door door) throws Invalid {
        ObjectNode body = body(ask, ask.rest().equals("reset"));
        return ask.rest().equals("reset") ? reset(body, ask, door) : step(body, ask, door);
    }

    private Answer reset(ObjectNode body, Ask ask, Door door) throws Invalid {
        JsonNode seed = body.path("seed");
        if (!(seed.isMissingNode() || seed.isNull())) {
            if (!seed.isIntegralNumber()) {
                throw new Invalid("int_type", "Input should be a valid integer", seed, "body", "seed");
            }
            if (seed.bigIntegerValue().signum() < 0) {
                throw new Invalid(
                        "greater_than_equal", "Input should be greater than or equal to 0", seed, "body", "seed");
            }
        }
        checkId(body, "episode_id");
        return Answer.json(200, lifecycle.reset(door.episode(), body, ask.deadline()));
    }

    private Answer step(ObjectNode body, Ask ask, Door door) throws Invalid {
        JsonNode action = body.path("action");
        JsonNode timeout = body.path("timeout_s");
        if (action.isMissingNode()) {
            throw new Invalid("missing", "Field required", body, "body", "action");
        }
        if (!action.isObject()) {
            throw new Invalid("dict_type", "Input should be a valid dictionary", action, "body", "action");
        }
        if (!(timeout.isMissingNode() || timeout.isNull()) && !(timeout.isNumber() && timeout.doubleValue() > 0)) {
            throw new Invalid("greater_than", "Input should be greater than 0", timeout, "body", "timeout_s");
        }
        checkId(body, "request_id");
        Deadline deadline = timeout.isNumber() ? ask.deadline().atMost(seconds(timeout)) : ask.deadline();
        return switch (OpenEnvCall.read((ObjectNode) action)) {
            case OpenEnvCall.ListTools() -> Answer.json(200, lifecycle.listTools(door.environment(), door.principal()));
            case OpenEnvCall.CallTool call -> {
                refuseLooseNumbers(ask);
                yield Answer.json(
                        200,
                        lifecycle.step(
                                new IncomingCall(door.principal(), door.episode(), call.call(), Face.HTTP, deadline)));
            }
            case OpenEnvCall.Invalid(ArrayNode errors) -> throw new Invalid(errors);
        };
    }

    private static Duration seconds(JsonNode number) {
        double longest = Exchange.ANSWER_WITHIN.toSeconds();
        return Duration.ofNanos((long) (Math.min(number.doubleValue(), longest) * 1e9));
    }

    private static void checkId(ObjectNode body, String field) throws Invalid {
        JsonNode id = body.path(field);
        if (id.isMissingNode() || id.isNull()) {
            return;
        }
        if (!id.isTextual()) {
            throw new Invalid("string_type", "Input should be a valid string", id, "body", field);
        }
        if (id.textValue().length() > MAX_ID) {
            throw new Invalid(
                    "string_too_long", "String should have at most 255 characters", NullNode.instance, "body", field);
        }
    }

    private static ObjectNode body(Ask ask, boolean optional) throws Invalid {
        if (optional && ask.body().length == 0) {
            return NODES.objectNode();
        }
        if (!ask.isJson()) {
            throw notADictionary(NullNode.instance);
        }
        try {
            JsonNode body = StrictJson.parse(ask.body(), JsonRpcAnswers.LENIENT_FRAME);
            if (body instanceof ObjectNode object) {
                return object;
            }
            if (optional && body.isNull()) {
                return NODES.objectNode();
            }
            throw notADictionary(body);
        } catch (JsonProblem malformed) {
            Invalid invalid = new Invalid("json_invalid", "JSON decode error", NODES.objectNode(), "body");
            ((ObjectNode) invalid.detail.get(0)).putObject("ctx").put("error", malformed.reason());
            throw invalid;
        }
    }

    /** The name and arguments of a tool call are read by the same strict rules on every face. */
    private static void refuseLooseNumbers(Ask ask) throws Invalid {
        try {
            StrictJson.parse(ask.body(), JsonRpcAnswers.STRICT_FRAME);
        } catch (JsonProblem loose) {
            throw new Invalid("json_invalid", loose.reason(), NullNode.instance, "body", "action");
        }
    }

    private static Invalid notADictionary(JsonNode input) {
        return new Invalid(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
                input,
                "body");
    }

    /** A body that does not fit its model, in the shape that Pydantic gives it. */
    private static final class Invalid extends Exception {
        private static final long serialVersionUID = 1;
        private final transient ArrayNode detail;

        Invalid(String type, String text, JsonNode input, String... location) {
            this(NODES.arrayNode());
            ObjectNode error = detail.addObject().put("type", type);
            ArrayNode loc = error.putArray("loc");
            for (String part : location) {
                loc.add(part);
            }
            error.put("msg", text);
            error.set("input", input);
        }

        Invalid(ArrayNode detail) {
            super("invalid", null, false, false);
            this.detail = detail;
        }
    }
}
