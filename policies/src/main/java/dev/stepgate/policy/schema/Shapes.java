package dev.stepgate.policy.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Reads shapes out of a schema that was admitted. For one schema and one thread. */
final class Shapes {
    private static final Shape ANYTHING = new Shape.Anything();
    private static final int MAX_DEPTH = 16;

    private final JsonNode root;

    Shapes(JsonNode root) {
        this.root = root;
    }

    /** The shape of the arguments; an object without names where the schema gives none. */
    Shape.Fields arguments() {
        return fields(root, 0);
    }

    private Shape shape(JsonNode schema, int depth) {
        JsonNode node = resolved(schema);
        if (depth > MAX_DEPTH) {
            return ANYTHING;
        }
        return switch (node.path("type").asText("")) {
            case "string" -> new Shape.Text();
            case "integer" -> new Shape.Whole();
            case "number" -> new Shape.Fraction();
            case "boolean" -> new Shape.Truth();
            case "array" ->
                new Shape.Items(node.path("items").isObject() ? shape(node.path("items"), depth + 1) : ANYTHING);
            case "object" -> node.path("properties").isEmpty() ? ANYTHING : fields(node, depth + 1);
            default -> ANYTHING;
        };
    }

    private Shape.Fields fields(JsonNode object, int depth) {
        Set<String> required = new HashSet<>();
        object.path("required").forEach(name -> required.add(name.asText()));
        Map<String, Shape.Field> fields = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : object.path("properties").properties()) {
            String name = entry.getKey();
            fields.put(name, new Shape.Field(shape(entry.getValue(), depth + 1), required.contains(name)));
        }
        return new Shape.Fields(fields);
    }

    private JsonNode resolved(JsonNode node) {
        JsonNode at = node;
        for (int i = 0; i < MAX_DEPTH && at.path("$ref").isTextual(); i++) {
            String reference = at.path("$ref").textValue();
            at = reference.startsWith("#/") ? root.at(reference.substring(1)) : root;
        }
        return at;
    }
}
