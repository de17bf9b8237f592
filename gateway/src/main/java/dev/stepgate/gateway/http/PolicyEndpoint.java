package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.authorization.Approvals;
import dev.stepgate.gateway.authorization.PolicyReload;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;

/** {@code /policies} and {@code /approvals}: the control plane of operators and approvers. */
final class PolicyEndpoint {
    static final int MAX_BODY = 4 * 1024;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Approvals approvals;
    private final PolicyReload reload;

    PolicyEndpoint(Approvals approvals, PolicyReload reload) {
        this.approvals = approvals;
        this.reload = reload;
    }

    /** {@code GET /policies} and {@code POST /policies/reload}. */
    Answer policies(Ask ask, Principal principal) {
        if (!principal.has(Role.OPERATOR)) {
            return Answer.forbidden("policies are for operators");
        }
        return switch (ask.rest()) {
            case "" -> ask.ifGet(() -> Answer.json(200, inForce()));
            case "reload" -> ask.method().equals("POST") ? reloaded(reload.reload()) : Answer.methodNotAllowed("POST");
            default -> Answer.notFound();
        };
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
