package dev.stepgate.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.json.JsonProblem.Kind;
import java.io.IOException;
import java.util.Map;

/** Writes a tree to a generator. Jackson's own way would write {@code NaN} as a string. */
final class TreeWriter {
    private TreeWriter() {}

    static void write(JsonNode node, JsonGenerator out, int depth) throws IOException {
        switch (node.getNodeType()) {
            case OBJECT -> {
                requireDepth(depth);
                out.writeStartObject();
                for (Map.Entry<String, JsonNode> field : node.properties()) {
                    out.writeFieldName(checked(field.getKey()));
                    write(field.getValue(), out, depth + 1);
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                requireDepth(depth);
                out.writeStartArray();
                for (int i = 0; i < node.size(); i++) {
                    write(node.get(i), out, depth + 1);
                }
                out.writeEndArray();
            }
            case STRING -> out.writeString(checked(node.textValue()));
            case NUMBER -> number(node, out);
            case BOOLEAN -> out.writeBoolean(node.booleanValue());
            case NULL -> out.writeNull();
            case BINARY, MISSING, POJO ->
                throw new IllegalArgumentException("a tree with a " + node.getNodeType() + " node is no JSON");
        }
    }

    /** What we write is what we would read; Jackson escapes half a surrogate pair in some places and throws in others. */
    private static String checked(String text) {
        TreeReader.requireCharacters(text);
        return text;
    }

    private static void requireDepth(int depth) {
        if (depth > 2 * Limits.DEEPEST) {
            throw new JsonProblem(Kind.DEPTH, "nested deeper than " + 2 * Limits.DEEPEST + " levels");
        }
    }

    private static void number(JsonNode node, JsonGenerator out) throws IOException {
        switch (node.numberType()) {
            case INT -> out.writeNumber(node.intValue());
            case LONG -> out.writeNumber(node.longValue());
            case BIG_INTEGER -> out.writeNumber(node.bigIntegerValue());
            case BIG_DECIMAL -> out.writeNumber(node.decimalValue());
            case FLOAT, DOUBLE -> {
                double value = node.doubleValue();
                if (Double.isFinite(value)) {
                    out.writeNumber(value);
                } else {
                    out.writeNull();
                }
            }
        }
    }
}
