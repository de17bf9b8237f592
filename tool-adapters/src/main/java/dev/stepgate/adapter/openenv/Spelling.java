package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * MCP as Python writes it and as MCP does. An OpenEnv server dumps the objects of its FastMCP: field names instead of wire
 * names, which differ between FastMCP 3 and 4, and a null for everything absent, which MCP's clients refuse. Both spellings
 * are read; fields that are not known pass.
 */
final class Spelling {
    private static final Map<String, String> TOOL =
            Map.of("input_schema", "inputSchema", "output_schema", "outputSchema", "meta", "_meta");
    private static final Map<String, String> HINTS = Map.of(
            "read_only_hint",
            "readOnlyHint",
            "destructive_hint",
            "destructiveHint",
            "idempotent_hint",
            "idempotentHint",
            "open_world_hint",
            "openWorldHint");
    private static final Map<String, String> RESULT =
            Map.of("structured_content", "structuredContent", "is_error", "isError", "meta", "_meta");
    private static final Map<String, String> BLOCK = Map.of("mime_type", "mimeType", "meta", "_meta");

    private Spelling() {}

    static ObjectNode tool(ObjectNode dumped) {
        ObjectNode tool = renamed(dumped, TOOL);
        if (tool.get("annotations") instanceof ObjectNode annotations) {
            tool.set("annotations", renamed(annotations, HINTS));
        }
        return tool;
    }

    /** A result without {@code data}, which only repeats the structured content for Python. */
    static ObjectNode result(ObjectNode dumped) {
        ObjectNode result = renamed(dumped, RESULT);
        result.remove("data");
        if (result.get("content") instanceof ArrayNode blocks) {
            ArrayNode content = JsonNodeFactory.instance.arrayNode();
            blocks.forEach(block -> content.add(block(block)));
            result.set("content", content);
        }
        return result;
    }

    private static JsonNode block(JsonNode dumped) {
        if (!(dumped instanceof ObjectNode object)) {
            return dumped;
        }
        ObjectNode block = renamed(object, BLOCK);
        if (block.get("resource") instanceof ObjectNode resource) {
            block.set("resource", renamed(resource, BLOCK));
        }
        return block;
    }

    private static ObjectNode renamed(ObjectNode dumped, Map<String, String> names) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        dumped.properties().forEach(entry -> {
            if (!entry.getValue().isNull()) {
                object.set(names.getOrDefault(entry.getKey(), entry.getKey()), entry.getValue());
            }
        });
        return object;
    }
}
