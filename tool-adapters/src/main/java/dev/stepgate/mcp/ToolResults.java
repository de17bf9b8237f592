package dev.stepgate.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Refusal;

/** MCP {@code CallToolResult} objects that the gateway makes itself, and what can be read of any. */
public final class ToolResults {
    private ToolResults() {}

    public static ObjectNode text(String text, boolean error) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        if (error) {
            result.put("isError", true);
        }
        return result;
    }

    /** A refusal as an agent sees it: a result it can react to, whose text begins with the code. */
    public static ObjectNode refused(Refusal refusal) {
        ObjectNode result = text(refusal.code() + ": " + refusal.reason(), true);
        ObjectNode meta = result.putObject("_meta");
        meta.put("dev.stepgate/outcome", refusal.outcome().wireName());
        meta.put("dev.stepgate/code", refusal.code());
        if (refusal.field() != null) {
            meta.put("dev.stepgate/field", refusal.field());
        }
        return result;
    }

    /** The text blocks of a result, one per line. */
    public static String joinedText(ObjectNode result) {
        StringBuilder text = new StringBuilder();
        for (JsonNode block : result.path("content")) {
            if (block.path("text").isTextual()) {
                text.append(text.isEmpty() ? "" : "\n")
                        .append(block.path("text").textValue());
            }
        }
        return text.toString();
    }
}
