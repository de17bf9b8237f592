package dev.stepgate.gateway.authorization;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.Explanation;
import java.util.Locale;

/** An explanation for machines; for operators, since it names rules. Stateless. */
public final class ExplanationJson {
    private ExplanationJson() {}

    public static ObjectNode of(Explanation explanation) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("decision", word(explanation.decision()));
        body.put("code", code(explanation.decision()));
        body.put("policy", explanation.policy());
        ArrayNode steps = body.putArray("steps");
        for (Explanation.Step step : explanation.steps()) {
            steps.addObject()
                    .put("kind", step.kind())
                    .put("id", step.id())
                    .put("outcome", step.outcome().name().toLowerCase(Locale.ROOT))
                    .put("detail", step.detail());
        }
        return body;
    }

    /** {@code allow}, {@code approval} or {@code deny}. */
    public static String word(Decision decision) {
        return switch (decision) {
            case Decision.Allow allow -> allow.approval() == null ? "allow" : "approval";
            case Decision.Deny _ -> "deny";
        };
    }

    /** Why it is denied, or empty. */
    public static String code(Decision decision) {
        return decision instanceof Decision.Deny deny ? deny.code().wireName() : "";
    }
}
