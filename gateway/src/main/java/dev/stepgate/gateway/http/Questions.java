package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Downstream.Question;
import org.jspecify.annotations.Nullable;

/** What a client can be asked, by its own word. */
final class Questions {
    private Questions() {}

    static boolean canAnswer(ObjectNode capabilities, Question question) {
        return switch (question.method()) {
            case "sampling/createMessage" -> capabilities.has("sampling");
            case "roots/list" -> capabilities.has("roots");
            case "elicitation/create" -> canElicit(capabilities, question);
            default -> false;
        };
    }

    /**
     * A question of any revision as those with sessions put it: there a visit to a URL has an id, which the later revision took away.
     *
     * @param id one that no other question of the session has
     */
    static @Nullable ObjectNode ofSession(Question question, String id) {
        ObjectNode params = question.params();
        if (params == null || !isVisit(question) || params.has("elicitationId")) {
            return params;
        }
        return params.deepCopy().put("elicitationId", id);
    }

    /** A client that names no kind of elicitation knows forms only, as there was nothing else once. */
    private static boolean canElicit(ObjectNode capabilities, Question question) {
        JsonNode elicitation = capabilities.path("elicitation");
        return isVisit(question)
                ? elicitation.has("url")
                : elicitation.isObject() && (elicitation.isEmpty() || elicitation.has("form"));
    }

    /** Whether it sends a person to a URL, rather than asking for the fields of a form. */
    private static boolean isVisit(Question question) {
        ObjectNode params = question.params();
        return question.method().equals("elicitation/create")
                && params != null
                && "url".equals(params.path("mode").textValue());
    }
}
