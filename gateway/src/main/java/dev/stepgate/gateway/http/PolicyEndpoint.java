package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.authorization.Approvals;
import dev.stepgate.gateway.authorization.ExplanationJson;
import dev.stepgate.gateway.authorization.PolicyGate;
import dev.stepgate.gateway.authorization.PolicyReload;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.policy.Caller;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** {@code /policies} and {@code /approvals}: the control plane of operators and approvers. */
final class PolicyEndpoint {
    static final int MAX_BODY = 64 * 1024;
    private static final Set<String> EXPLAINED = Set.of("env", "tool", "arguments", "subject", "roles");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Approvals approvals;
    private final PolicyReload reload;
    private final PolicyGate gate;

    PolicyEndpoint(Approvals approvals, PolicyReload reload, PolicyGate gate) {
        this.approvals = approvals;
        this.reload = reload;
        this.gate = gate;
    }

    /** {@code GET /policies}, {@code POST /policies/reload} and {@code POST /policies/explain}. */
    Answer policies(Ask ask, Principal principal) {
        if (!principal.has(Role.OPERATOR)) {
            return Answer.forbidden("policies are for operators");
        }
        return switch (ask.rest()) {
            case "" -> ask.ifGet(() -> Answer.json(200, inForce()));
            case "explain" -> ask.method().equals("POST") ? explained(ask) : Answer.methodNotAllowed("POST");
            case "reload" -> ask.method().equals("POST") ? reloaded(reload.reload()) : Answer.methodNotAllowed("POST");
            default -> Answer.notFound();
        };
    }

    /** The decision on a call of which the body says who makes it: {@code {env, tool, arguments?, subject?, roles?}}. */
    private Answer explained(Ask ask) {
        JsonNode body;
        try {
            body = StrictJson.parse(ask.body());
        } catch (JsonProblem malformed) {
            return Answer.error(400, "bad_request", malformed.reason());
        }
        Set<String> roles = new HashSet<>();
        body.path("roles").forEach(role -> roles.add(role.asText()));
        JsonNode arguments = body.path("arguments");
        if (!EXPLAINED.containsAll(names(body))
                || !body.path("env").isTextual()
                || !body.path("tool").isTextual()
                || !(arguments.isMissingNode() || arguments.isObject())) {
            return Answer.error(
                    400, "bad_request", "the body must be {\"env\", \"tool\", \"arguments\", \"subject\", \"roles\"}");
        }
        Caller caller = new Caller(
                body.path("subject").asText("runner"),
                roles.isEmpty() ? Set.of("agent") : roles,
                "",
                "",
                Set.of(Caller.EVERY_SCOPE),
                Map.of());
        ObjectNode given = arguments instanceof ObjectNode object ? object : NODES.objectNode();
        return Answer.json(
                200,
                ExplanationJson.of(gate.explain(
                        body.path("env").textValue(), body.path("tool").textValue(), given, caller)));
    }

    private static Set<String> names(JsonNode body) {
        Set<String> names = new HashSet<>();
        body.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private ObjectNode inForce() {
        ObjectNode body = NODES.objectNode();
        ObjectNode policies = body.putObject("policies");
        reload.inForce().forEach(policies::put);
        return body;
    }

    private static Answer reloaded(PolicyReload.Outcome outcome) {
        ObjectNode body = NODES.objectNode();
        ObjectNode policies = body.putObject("policies");
        outcome.policies().forEach(policies::put);
        ArrayNode problems = body.putArray("problems");
        outcome.problems().forEach(problem -> problems.add(problem.toString()));
        return Answer.json(outcome.problems().isEmpty() ? 200 : 409, body);
    }

    /** {@code GET /approvals} and {@code POST /approvals/<id>} with {@code {"decision": "approve" | "refuse"}}. */
    Answer approvals(Ask ask, Principal principal) {
        if (ask.rest().isEmpty()) {
            return ask.ifGet(() -> Answer.json(200, open(principal)));
        }
        if (!ask.method().equals("POST")) {
            return Answer.methodNotAllowed("POST");
        }
        String decision = decision(ask);
        boolean agreed = decision.equals("approve");
        if (!agreed && !decision.equals("refuse")) {
            return Answer.error(400, "bad_request", "the body must be {\"decision\": \"approve\"} or \"refuse\"");
        }
        return switch (approvals.answer(ask.rest(), principal, agreed)) {
            case TAKEN -> Answer.empty(204);
            case UNKNOWN -> Answer.error(404, "unknown_approval", "there is no such question, or it was answered");
            case NOT_YOURS -> Answer.forbidden("this question is for another principal to answer");
        };
    }

    private ObjectNode open(Principal principal) {
        ObjectNode body = NODES.objectNode();
        ArrayNode list = body.putArray("approvals");
        for (Approvals.View view : approvals.visibleTo(principal)) {
            ObjectNode entry = list.addObject();
            entry.put("id", view.id());
            entry.put("env", view.environment());
            entry.put("tool", view.tool());
            entry.set("arguments", view.arguments());
            entry.put("principal", view.principal());
            entry.put("by", view.by());
            entry.put("reason", view.reason());
            entry.put("expires_at", view.expires().toString());
        }
        return body;
    }

    private static String decision(Ask ask) {
        try {
            JsonNode body = StrictJson.parse(ask.body());
            return body.size() == 1 ? body.path("decision").asText("") : "";
        } catch (JsonProblem malformed) {
            return "";
        }
    }
}
