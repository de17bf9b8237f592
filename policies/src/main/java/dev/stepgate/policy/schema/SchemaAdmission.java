package dev.stepgate.policy.schema;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.policy.regex.BoundedPattern;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which schemas are admitted. A schema comes from an upstream and so may be a weapon: one that fetches, nests without end,
 * refers to itself without consuming input, or holds an expression that only a backtracking engine could match is refused
 * before the validator sees it.
 */
final class SchemaAdmission {
    static final int MAX_CHARACTERS = 64 * 1024;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_SUBSCHEMAS = 2_000;

    /** What all references and combinations come to when each is followed. */
    private static final int MAX_EXPANDED = 20_000;

    /** Keywords whose subschemas look at the same value again; a cycle through them alone would never end. */
    private static final List<String> SAME_VALUE_LISTS = List.of("allOf", "anyOf", "oneOf");

    private static final List<String> SAME_VALUE = List.of("not", "if", "then", "else");
    private static final Set<String> DYNAMIC = Set.of("$dynamicRef", "$recursiveRef");

    private final JsonNode root;
    private final IdentityHashMap<JsonNode, Boolean> finished = new IdentityHashMap<>();
    private int objects;
    private int expanded;

    private SchemaAdmission(JsonNode root) {
        this.root = root;
    }

    static void check(JsonNode schema) throws SchemaRefused {
        if (!schema.isObject()) {
            throw new SchemaRefused("an input schema must be an object");
        }
        SchemaAdmission admission = new SchemaAdmission(schema);
        admission.walk(schema, 1);
        admission.refuseEndless(schema, new IdentityHashMap<>(), 1);
    }

    private void walk(JsonNode node, int depth) throws SchemaRefused {
        if (depth > MAX_DEPTH) {
            throw new SchemaRefused("the schema is nested deeper than " + MAX_DEPTH + " levels");
        }
        if (node.isObject() && ++objects > MAX_SUBSCHEMAS) {
            throw new SchemaRefused("the schema has more than " + MAX_SUBSCHEMAS + " subschemas");
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            refuseUnsafe(entry.getKey(), entry.getValue());
            walk(entry.getValue(), depth + 1);
        }
        if (node.isArray()) {
            for (JsonNode item : node) {
                walk(item, depth + 1);
            }
        }
    }

    private void refuseUnsafe(String keyword, JsonNode value) throws SchemaRefused {
        if (keyword.equals("$ref") && value.isTextual()) {
            target(value.textValue());
        }
        if (DYNAMIC.contains(keyword) && value.isTextual()) {
            throw new SchemaRefused("`" + keyword + "` is not admitted");
        }
        if (keyword.equals("pattern") && value.isTextual()) {
            refuseUnlessRe2(value.textValue());
        }
        if (keyword.equals("patternProperties") && value.isObject()) {
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                refuseUnlessRe2(entry.getKey());
            }
        }
    }

    private static void refuseUnlessRe2(String expression) throws SchemaRefused {
        try {
            BoundedPattern.compile(expression);
        } catch (IllegalArgumentException refused) {
            throw new SchemaRefused("a `pattern` of the schema is no RE2 expression of bounded size");
        }
    }

    /** Where a reference leads: always into this same document. */
    private JsonNode target(String reference) throws SchemaRefused {
        if (!reference.equals("#") && !reference.startsWith("#/")) {
            throw new SchemaRefused("a `$ref` of the schema leaves the document; nothing is fetched");
        }
        JsonNode target = reference.equals("#") ? root : root.at(reference.substring(1));
        if (target.isMissingNode()) {
            throw new SchemaRefused("a `$ref` of the schema leads nowhere");
        }
        return target;
    }

    /** Refuses a cycle of references that consumes no input: {@code {"$ref":"#"}} would recurse until the stack ends. */
    private void refuseEndless(JsonNode schema, IdentityHashMap<JsonNode, Boolean> open, int depth)
            throws SchemaRefused {
        if (open.put(schema, true) != null || depth > MAX_SUBSCHEMAS) {
            throw new SchemaRefused("a `$ref` of the schema leads back to itself");
        }
        if (++expanded > MAX_EXPANDED) {
            throw new SchemaRefused("the references of the schema multiply");
        }
        for (JsonNode next : sameValue(schema)) {
            refuseEndless(next, open, depth + 1);
        }
        open.remove(schema);
        if (finished.put(schema, true) == null) {
            for (JsonNode below : schema) {
                if (below.isContainerNode() && !finished.containsKey(below)) {
                    refuseEndless(below, new IdentityHashMap<>(), 1);
                }
            }
        }
    }

    private List<JsonNode> sameValue(JsonNode schema) throws SchemaRefused {
        List<JsonNode> next = new ArrayList<>();
        JsonNode reference = schema.get("$ref");
        if (reference != null && reference.isTextual()) {
            next.add(target(reference.textValue()));
        }
        for (String keyword : SAME_VALUE_LISTS) {
            schema.path(keyword).forEach(next::add);
        }
        for (String keyword : SAME_VALUE) {
            if (schema.path(keyword).isObject()) {
                next.add(schema.get(keyword));
            }
        }
        return next;
    }
}
