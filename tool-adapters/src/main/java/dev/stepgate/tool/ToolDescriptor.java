package dev.stepgate.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One tool as its upstream describes it.
 *
 * @param name the upstream's own name for it, not empty
 * @param definition the whole MCP {@code Tool} object, unknown fields included; not to be changed
 * @param headers the arguments that are repeated in headers
 */
public record ToolDescriptor(String name, ObjectNode definition, ParamHeaders headers) {

    /** Reads a definition; its {@code name}, which is text, and its object-valued {@code inputSchema} must be present. */
    public static ToolDescriptor of(ObjectNode definition) {
        String name = definition.path("name").textValue();
        if (name == null || name.isEmpty() || !definition.path("inputSchema").isObject()) {
            throw Refusal.environmentFailed("the upstream lists a tool without a name or an input schema");
        }
        ParamHeaders headers = ParamHeaders.of((ObjectNode) definition.get("inputSchema"))
                .orElseThrow(() -> Refusal.environmentFailed(
                        "the upstream lists a tool with a wrong `x-mcp-header` in its input schema"));
        return new ToolDescriptor(name, definition, headers);
    }

    /** The tool's description; empty where it has none. */
    public String description() {
        return definition.path("description").asText("");
    }

    public ObjectNode inputSchema() {
        return (ObjectNode) definition.get("inputSchema");
    }
}
