package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.ToolDescriptor;
import java.util.Map;

/**
 * A tool that takes a native action of the environment.
 *
 * @param name the tool's name
 * @param description for agents; empty: the action's own
 * @param fixed fields of the action that this tool always sends and agents do not
 */
public record ActionTool(String name, String description, Map<String, String> fixed) {
    public ActionTool {
        fixed = Map.copyOf(fixed);
    }

    /** The tool, its input schema made from the action's: the same, without the fixed fields. */
    ToolDescriptor descriptor(ObjectNode actionSchema) {
        ObjectNode schema = actionSchema.deepCopy();
        if (!schema.has("type")) {
            schema.put("type", "object");
        }
        if (schema.get("properties") instanceof ObjectNode properties) {
            properties.remove(fixed.keySet());
        }
        if (schema.get("required") instanceof ArrayNode required) {
            ArrayNode left = schema.putArray("required");
            for (JsonNode field : required) {
                if (!fixed.containsKey(field.asText())) {
                    left.add(field);
                }
            }
        }
        ObjectNode tool = JsonNodeFactory.instance.objectNode().put("name", name);
        tool.put(
                "description",
                description.isEmpty() ? actionSchema.path("description").asText("") : description);
        tool.set("inputSchema", schema);
        return ToolDescriptor.of(tool);
    }

    /** The native action of a call with these arguments. */
    ObjectNode action(ObjectNode arguments) {
        ObjectNode action = arguments.deepCopy();
        fixed.forEach(action::put);
        return action;
    }
}
