package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.ToolCall;
import java.util.Set;

/** An action of OpenEnv's {@code step}, checked against the two action models that MCP environments have. */
sealed interface OpenEnvCall {

    /** {@code list_tools}. */
    record ListTools() implements OpenEnvCall {}

    /** {@code call_tool}. */
    record CallTool(ToolCall call) implements OpenEnvCall {}

    /** An action that fits neither; the errors have the shape of OpenEnv's own. */
    record Invalid(ArrayNode errors) implements OpenEnvCall {}

    Set<String> LIST_KEYS = Set.of("type", "metadata");
    Set<String> CALL_KEYS = Set.of("type", "tool_name", "arguments", "metadata");

    /** Reads an action. The type may be left out where a tool is named. */
    static OpenEnvCall read(ObjectNode action) {
        String type = action.path("type").asText("call_tool");
        if (type.equals("list_tools")) {
            ArrayNode errors = extras(action, LIST_KEYS);
            return errors.isEmpty() ? new ListTools() : new Invalid(errors);
        }
        ArrayNode errors = extras(action, CALL_KEYS);
        JsonNode arguments = action.path("arguments");
        if (!type.equals("call_tool")) {
            add(errors, "literal_error", "type", "Input should be 'call_tool' or 'list_tools'", action.get("type"));
        }
        JsonNode name = action.get("tool_name");
        if (name == null) {
            add(errors, "missing", "tool_name", "Field required", action);
        } else if (!name.isTextual()) {
            add(errors, "string_type", "tool_name", "Input should be a valid string", name);
        }
        if (!arguments.isMissingNode() && !arguments.isObject()) {
            add(errors, "dict_type", "arguments", "Input should be a valid dictionary", arguments);
        }
        if (!errors.isEmpty() || name == null) {
            return new Invalid(errors);
        }
        ObjectNode plain = arguments instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
        return new CallTool(new ToolCall(name.textValue(), plain, null));
    }

    private static ArrayNode extras(ObjectNode action, Set<String> known) {
        ArrayNode errors = JsonNodeFactory.instance.arrayNode();
        action.properties().forEach(entry -> {
            if (!known.contains(entry.getKey())) {
                add(errors, "extra_forbidden", entry.getKey(), "Extra inputs are not permitted", entry.getValue());
            }
        });
        return errors;
    }

    private static void add(ArrayNode errors, String type, String field, String text, JsonNode input) {
        ObjectNode error = errors.addObject().put("type", type);
        error.putArray("loc").add(field);
        error.put("msg", text);
        error.set("input", input);
    }
}
