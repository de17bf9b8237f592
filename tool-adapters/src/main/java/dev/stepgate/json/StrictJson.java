package dev.stepgate.json;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.json.JsonProblem.Kind;
import java.io.IOException;

/**
 * The one reader of JSON bytes, and their writer.
 *
 * <p>A document is valid UTF-8 without a byte order mark and nothing follows it; no object has a key twice; no string holds
 * NUL or half a surrogate pair; depth, lengths and numbers are bounded by {@link Limits}. Floating point numbers are read as
 * decimals, so that {@code 1.0} and {@code 1.10} are written again as they came.
 *
 * <p>Both directions throw {@link JsonProblem} and nothing else, and may be called from any thread.
 */
public final class StrictJson {
    /** Bounds of Jackson itself are wider than any {@link Limits}; {@link TreeReader} applies those. */
    private static final JsonFactory STRICT = factory(false);

    private static final JsonFactory LENIENT = factory(true);

    private StrictJson() {}

    /** Reads a message of MCP. */
    public static JsonNode parse(byte[] bytes) {
        return parse(bytes, Limits.MESSAGE);
    }

    public static JsonNode parse(byte[] bytes, Limits limits) {
        return parse(bytes, 0, bytes.length, limits);
    }

    /** Reads the document in {@code bytes} from {@code offset} on; the bytes are not kept. */
    public static JsonNode parse(byte[] bytes, int offset, int length, Limits limits) {
        if (length > limits.maxBytes()) {
            throw new JsonProblem(Kind.LENGTH, "the document is longer than " + limits.maxBytes() + " bytes");
        }
        boolean escapes = Utf8.check(bytes, offset, length);
        JsonFactory factory = limits.reading() == Limits.Reading.STRICT ? STRICT : LENIENT;
        try (JsonParser parser = factory.createParser(bytes, offset, length)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new JsonProblem(Kind.SYNTAX, "the document is empty");
            }
            JsonNode document = new TreeReader(parser, limits, escapes).value(first, 1);
            requireEnd(parser);
            return document;
        } catch (StreamConstraintsException e) {
            throw new JsonProblem(Kind.LENGTH, "a part of the document is longer than allowed");
        } catch (IOException | IllegalStateException e) {
            // The parser's own text may quote the document at length. IllegalStateException: too many keys with one
            // hash.
            throw new JsonProblem(Kind.SYNTAX, "not valid JSON");
        }
    }

    private static void requireEnd(JsonParser parser) {
        try {
            if (parser.nextToken() == null) {
                return;
            }
        } catch (IOException e) {
            // Whatever follows need not be JSON to be too much.
        }
        throw new JsonProblem(Kind.TRAILING, "something follows the JSON document");
    }

    /** The tree as compact UTF-8, for trees whose strings could be read. A double that is not finite becomes {@code null}: JSON has no such number. */
    public static byte[] bytes(JsonNode tree) {
        try (ByteArrayBuilder out = new ByteArrayBuilder(STRICT._getBufferRecycler())) {
            try (JsonGenerator generator = STRICT.createGenerator(out, JsonEncoding.UTF8)) {
                TreeWriter.write(tree, generator, 1);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException(e); // nothing here does I/O
        }
    }

    private static JsonFactory factory(boolean nonNumericNumbers) {
        StreamReadConstraints constraints = StreamReadConstraints.builder()
                .maxNestingDepth(Limits.DEEPEST)
                .maxNumberLength(Integer.MAX_VALUE)
                .maxStringLength(Integer.MAX_VALUE)
                .maxNameLength(1 << 20)
                .build();
        return JsonFactory.builder()
                .streamReadConstraints(constraints)
                .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
                .configure(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8, true)
                .configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, nonNumericNumbers)
                .build();
    }
}
