package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Downstream.Question;

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

    /** A client that names no kind of elicitation knows forms only, as there was nothing else once. */
    private static boolean canElicit(ObjectNode capabilities, Question question) {
        JsonNode elicitation = capabilities.path("elicitation");
        ObjectNode params = question.params();
        boolean url = params != null && "url".equals(params.path("mode").textValue());
        return url
                ? elicitation.has("url")
                : elicitation.isObject() && (elicitation.isEmpty() || elicitation.has("form"));
    }
}
