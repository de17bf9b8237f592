package dev.stepgate.adapter;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;

/** Takes one argument out of an input schema, as if the tool did not have it. */
final class HiddenArgument {
    /** Keywords that may hold any text and decide nothing. */
    private static final Set<String> PROSE = Set.of("title", "description", "$comment");

    private HiddenArgument() {}

    /**
     * Removes it, and each object that then has no property left.
     *
     * @return whether it was there and nothing else in the schema speaks of it; the schema is of no use otherwise
     */
    static boolean remove(ObjectNode schema, JsonPointer argument) {
        String name = argument.getMatchingProperty();
        if (!(schema.get("properties") instanceof ObjectNode properties) || !properties.has(name)) {
            return false;
        }
        JsonPointer rest = argument.tail();
        if (!rest.matches()) {
            if (!(properties.get(name) instanceof ObjectNode inner) || !remove(inner, rest)) {
                return false;
            }
            if (!inner.path("properties").isEmpty()) {
                return !mentions(schema, rest.last().getMatchingProperty());
            }
        }
        properties.remove(name);
        if (schema.get("required") instanceof ArrayNode required) {
            for (int i = required.size() - 1; i >= 0; i--) {
                if (required.get(i).asText().equals(name)) {
                    required.remove(i);
                }
            }
            if (required.isEmpty()) {
                schema.remove("required");
            }
        }
        return !mentions(schema, name);
    }

    /** Whether conditions, defaults or examples beside the properties name it; other properties may bear the same name. */
    private static boolean mentions(ObjectNode schema, String name) {
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            if (!keyword.getKey().equals("properties")
                    && !PROSE.contains(keyword.getKey())
                    && names(keyword.getValue(), name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean names(JsonNode node, String name) {
        if (node.isTextual()) {
            return node.textValue().equals(name);
        }
        if (node.has(name)) {
            return true;
        }
        for (JsonNode child : node) {
            if (names(child, name)) {
                return true;
            }
        }
        return false;
    }
}
