package dev.stepgate.mcp;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Refusal;

/** Results of {@code tools/call} that we make ourselves; an upstream's pass on as they came. */
public final class CallToolResult {
    public static final String OUTCOME = "dev.stepgate/outcome";
    public static final String CODE = "dev.stepgate/code";
    public static final String FIELD = "dev.stepgate/field";

    private CallToolResult() {}

    /** One block of text. */
    public static ObjectNode text(String text, boolean error) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result.put("isError", error);
    }

    /** A refusal as a result: the text begins with the code, and {@code _meta} has outcome, code and, if any, field. */
    public static ObjectNode refused(Refusal refusal) {
        ObjectNode result = text(refusal.code() + ": " + refusal.reason(), true);
        ObjectNode meta = result.putObject("_meta")
                .put(OUTCOME, refusal.outcome().wireName())
                .put(CODE, refusal.code());
        String field = refusal.field();
        if (field != null) {
            meta.put(FIELD, field);
        }
        return result;
    }
}
