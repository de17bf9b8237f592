package dev.stepgate.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The one reader of JSON bytes. It refuses what two parsers could read differently: another encoding than UTF-8, a byte
 * order mark, duplicate keys at any depth, anything after the document, lone surrogates, NUL, and more than 64 levels.
 * Stateless and thread-safe; never throws anything but {@link JsonProblem}, whatever the bytes.
 */
public final class StrictJson {
    /**
     * For MCP: numbers must be finite, written in at most 64 characters, and integers safe (±(2⁵³−1)), because Java reads
     * larger ones exactly while JavaScript upstreams do not.
     */
    public static final StrictJson STRICT = new StrictJson(false);

    /**
     * For OpenEnv frames, whose Python clients write {@code NaN} and {@code Infinity} as bare words and integers of any
     * size. A non-finite number is read as {@code null}, since JSON has none.
     */
    public static final StrictJson LENIENT_NUMBERS = new StrictJson(true);

    private static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER_CHARACTERS = 64;
    private static final int MAX_LENIENT_NUMBER_CHARACTERS = 1_000;
    private static final int MAX_NAME_CHARACTERS = 50_000;
    private static final BigInteger SAFE = BigInteger.ONE.shiftLeft(53).subtract(BigInteger.ONE);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper WRITER = new ObjectMapper();

    private final boolean lenientNumbers;
    private final JsonFactory factory;

    private StrictJson(boolean lenientNumbers) {
        this.lenientNumbers = lenientNumbers;
        this.factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, lenientNumbers)
                // A key is interned by default: a hostile sender could fill a table that lives as long as the process.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(lenientNumbers ? MAX_LENIENT_NUMBER_CHARACTERS : MAX_NUMBER_CHARACTERS)
                        .maxNameLength(MAX_NAME_CHARACTERS)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }

    /**
     * Reads one document.
     *
     * @param maxStringCharacters the longest string value that is taken, in UTF-16 code units
     * @throws JsonProblem for every document that is not taken
     */
    public JsonNode parse(byte[] bytes, int maxStringCharacters) throws JsonProblem {
        try (JsonParser parser = factory.createParser(new StringReader(decode(bytes)))) {
            if (parser.nextToken() == null) {
                throw new JsonProblem("the body is empty");
            }
            JsonNode document = read(parser, maxStringCharacters);
            if (parser.nextToken() != null) {
                throw new JsonProblem("something follows the document");
            }
            return document;
        } catch (JsonProcessingException malformed) {
            throw new JsonProblem(sentence(malformed));
        } catch (IOException | NumberFormatException unreadable) {
            throw new JsonProblem("the document cannot be read");
        }
    }

    /** Writes a tree as compact UTF-8. */
    public static byte[] bytes(JsonNode tree) {
        try {
            return WRITER.writeValueAsBytes(tree);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException("a tree can always be written", impossible);
        }
    }

    private static String decode(byte[] bytes) throws JsonProblem {
        if (bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF) {
            throw new JsonProblem("the body begins with a byte order mark");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw new JsonProblem("the body is not valid UTF-8");
        }
    }

    /** Reads the value at the current token. Recursion is bounded by the parser's depth limit. */
    private JsonNode read(JsonParser parser, int maxString) throws IOException, JsonProblem {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = checked(parser.currentName());
                    parser.nextToken();
                    object.set(name, read(parser, maxString));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser, maxString));
                }
                yield array;
            }
            case VALUE_STRING -> {
                if (parser.getTextLength() > maxString) {
                    throw new JsonProblem("a string is longer than " + maxString + " characters");
                }
                yield NODES.textNode(checked(parser.getText()));
            }
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> decimal(parser);
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new JsonProblem("the document is malformed");
        };
    }

    private JsonNode integer(JsonParser parser) throws IOException, JsonProblem {
        JsonParser.NumberType type = parser.getNumberType();
        if (type == JsonParser.NumberType.INT) {
            return NODES.numberNode(parser.getIntValue());
        }
        BigInteger value = parser.getBigIntegerValue();
        if (!lenientNumbers && value.abs().compareTo(SAFE) > 0) {
            throw new JsonProblem("an integer is larger than 2^53-1, which not every receiver reads exactly");
        }
        return value.bitLength() < Long.SIZE ? NODES.numberNode(value.longValue()) : NODES.numberNode(value);
    }

    /** A number with a fraction or an exponent keeps its digits; one that no double can hold is refused. */
    private JsonNode decimal(JsonParser parser) throws IOException, JsonProblem {
        if (parser.isNaN()) {
            return NODES.nullNode();
        }
        String text = parser.getText();
        double approximate = Double.parseDouble(text);
        if (Double.isInfinite(approximate)) {
            if (lenientNumbers) {
                return NODES.nullNode();
            }
            throw new JsonProblem("a number is too large");
        }
        String shortest = Double.toString(approximate);
        return shortest.equals(text) ? NODES.numberNode(approximate) : DecimalNode.valueOf(exact(text));
    }

    /** Exact digits; an exponent that a double cannot hold has been refused before, so the scale is small. */
    private static BigDecimal exact(String text) throws JsonProblem {
        BigDecimal value = new BigDecimal(text);
        if (Math.abs((long) value.scale()) > 2_000) {
            throw new JsonProblem("a number has too large an exponent");
        }
        return value;
    }

    private static String checked(@Nullable String text) throws JsonProblem {
        if (text == null) {
            throw new JsonProblem("the document is malformed");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new JsonProblem("a string holds a NUL character");
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw new JsonProblem("a string holds half of a surrogate pair");
                }
                i++;
            }
        }
        return text;
    }

    /** Jackson's own words quote the input, so only the kind and the place are told. */
    private static String sentence(JsonProcessingException malformed) {
        String original = String.valueOf(malformed.getOriginalMessage());
        if (original.startsWith("Duplicate field")) {
            return "an object has the same key twice";
        }
        if (original.contains("nesting depth")) {
            return "the document is nested deeper than " + MAX_DEPTH + " levels";
        }
        if (original.contains("Number value length")) {
            return "a number has too many digits";
        }
        return malformed.getLocation() == null
                ? "the document is malformed"
                : "the document is malformed at character "
                        + malformed.getLocation().getCharOffset();
    }
}
