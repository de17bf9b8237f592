package dev.stepgate.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stepgate.json.JsonProblem.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Builds the tree of one document from tokens and applies the limits that Jackson has not or counts otherwise. */
final class TreeReader {
    private static final long LARGEST_SAFE_INTEGER = (1L << 53) - 1;
    private static final int LONGEST_STRICT_NUMBER = 64;
    private static final int LONGEST_LENIENT_NUMBER = 4_300;

    private final JsonParser parser;
    private final Limits limits;
    private final boolean strict;

    /** Without an escape anywhere, text that is valid UTF-8 holds neither half a surrogate pair nor NUL. */
    private final boolean escapes;

    TreeReader(JsonParser parser, Limits limits, boolean escapes) {
        this.parser = parser;
        this.limits = limits;
        this.strict = limits.reading() == Limits.Reading.STRICT;
        this.escapes = escapes;
    }

    JsonNode value(@Nullable JsonToken token, int depth) throws IOException {
        return switch (token) {
            case START_OBJECT -> object(depth);
            case START_ARRAY -> array(depth);
            case VALUE_STRING -> TextNode.valueOf(checked(parser.getText()));
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> decimal();
            case VALUE_TRUE -> BooleanNode.TRUE;
            case VALUE_FALSE -> BooleanNode.FALSE;
            case VALUE_NULL -> NullNode.instance;
            case null -> throw new JsonProblem(Kind.SYNTAX, "the document ends too early");
            case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw new JsonProblem(Kind.SYNTAX, "not valid JSON");
        };
    }

    private ObjectNode object(int depth) throws IOException {
        requireDepth(depth);
        ObjectNode object = new ObjectNode(JsonNodeFactory.instance);
        String key;
        while ((key = parser.nextFieldName()) != null) {
            checked(key);
            JsonNode value = value(parser.nextToken(), depth + 1);
            if (object.replace(key, value) != null) {
                String shown = key.length() > 64 ? key.substring(0, 64) + "…" : key;
                throw new JsonProblem(Kind.DUPLICATE_KEY, "the key `" + shown + "` occurs twice in one object");
            }
        }
        return object;
    }

    private ArrayNode array(int depth) throws IOException {
        requireDepth(depth);
        ArrayNode array = new ArrayNode(JsonNodeFactory.instance);
        JsonToken token;
        while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
            array.add(value(token, depth + 1));
        }
        return array;
    }

    private void requireDepth(int depth) {
        if (depth > limits.maxDepth()) {
            throw new JsonProblem(Kind.DEPTH, "nested deeper than " + limits.maxDepth() + " levels");
        }
    }

    private String checked(String text) {
        if (text.length() > limits.maxStringLength()) {
            throw new JsonProblem(Kind.LENGTH, "a string is longer than " + limits.maxStringLength() + " characters");
        }
        if (escapes) {
            requireCharacters(text);
        }
        return text;
    }

    /** Refuses NUL and half surrogate pairs. */
    static void requireCharacters(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new JsonProblem(Kind.CHARACTER, "a string holds the character NUL");
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    throw new JsonProblem(Kind.CHARACTER, "a string holds half a surrogate pair");
                }
                i++;
            }
        }
    }

    private JsonNode integer() throws IOException {
        requireNumberLength();
        return switch (parser.getNumberType()) {
            case INT -> IntNode.valueOf(parser.getIntValue());
            case LONG -> safe(parser.getLongValue());
            case BIG_INTEGER -> big(parser.getBigIntegerValue());
            case FLOAT, DOUBLE, BIG_DECIMAL -> throw new JsonProblem(Kind.SYNTAX, "not valid JSON");
        };
    }

    private JsonNode safe(long value) {
        if (strict && (value > LARGEST_SAFE_INTEGER || value < -LARGEST_SAFE_INTEGER)) {
            throw unsafeInteger();
        }
        return LongNode.valueOf(value);
    }

    private JsonNode big(BigInteger value) {
        if (strict) {
            throw unsafeInteger();
        }
        return BigIntegerNode.valueOf(value);
    }

    private static JsonProblem unsafeInteger() {
        return new JsonProblem(Kind.NUMBER, "an integer lies outside ±(2^53−1)");
    }

    private JsonNode decimal() throws IOException {
        if (parser.isNaN()) {
            return notFinite(parser.getText());
        }
        requireNumberLength();
        double nearest = parser.getDoubleValue();
        BigDecimal exact = exact();
        if (exact == null || Double.isInfinite(nearest) || (nearest == 0 && exact.signum() != 0)) {
            // Kept exact, `1e999999999` would fill the memory of whoever expands it.
            return outsideDouble(nearest);
        }
        // A decimal has no negative zero.
        return exact.signum() == 0 && 1 / nearest < 0 ? DoubleNode.valueOf(-0.0) : DecimalNode.valueOf(exact);
    }

    /** Null where the exponent is beyond all that a decimal can have, as in `1e99999999999`. */
    private @Nullable BigDecimal exact() throws IOException {
        try {
            return parser.getDecimalValue();
        } catch (NumberFormatException | ArithmeticException beyond) {
            return null;
        }
    }

    private JsonNode outsideDouble(double nearest) {
        if (strict) {
            throw new JsonProblem(Kind.NUMBER, "a number lies outside the range of a double");
        }
        return DoubleNode.valueOf(nearest);
    }

    private static JsonNode notFinite(String token) {
        return switch (token) {
            case "NaN" -> DoubleNode.valueOf(Double.NaN);
            case "Infinity" -> DoubleNode.valueOf(Double.POSITIVE_INFINITY);
            case "-Infinity" -> DoubleNode.valueOf(Double.NEGATIVE_INFINITY);
            default ->
                throw new JsonProblem(Kind.SYNTAX, "not valid JSON"); // Jackson also knows `INF`; Python does not
        };
    }

    private void requireNumberLength() throws IOException {
        int longest = strict ? LONGEST_STRICT_NUMBER : LONGEST_LENIENT_NUMBER;
        if (parser.getTextLength() > longest) {
            throw new JsonProblem(Kind.LENGTH, "a number is longer than " + longest + " characters");
        }
    }
}
