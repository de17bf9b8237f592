package dev.stepgate.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.json.JsonProblem.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;

/**
 * The JSON Canonicalization Scheme of RFC 8785: the same bytes for the same data, whatever the order of keys and the spelling
 * of numbers were.
 *
 * <p>Throws {@link JsonProblem} for what I-JSON can not express: a number that is not finite, half a surrogate pair. As the
 * RFC says, numbers are doubles: integers beyond ±(2^53−1), which only a lenient reading lets in, are rounded.
 */
public final class CanonicalJson {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final long LARGEST_SAFE_INTEGER = (1L << 53) - 1;

    private byte[] buffer = new byte[256];
    private int length;

    private CanonicalJson() {}

    public static byte[] bytes(JsonNode tree) {
        CanonicalJson canonical = written(tree);
        return Arrays.copyOf(canonical.buffer, canonical.length);
    }

    /** The digest of the canonical bytes as {@code sha256:<64 hexadecimal digits>}. */
    public static String sha256(JsonNode tree) {
        CanonicalJson canonical = written(tree);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(canonical.buffer, 0, canonical.length);
            return "sha256:" + HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private static CanonicalJson written(JsonNode tree) {
        CanonicalJson canonical = new CanonicalJson();
        canonical.value(tree, 1);
        return canonical;
    }

    private void value(JsonNode node, int depth) {
        switch (node.getNodeType()) {
            case OBJECT -> object(node, depth);
            case ARRAY -> array(node, depth);
            case STRING -> string(node.textValue());
            case NUMBER -> number(node);
            case BOOLEAN -> ascii(node.booleanValue() ? "true" : "false");
            case NULL -> ascii("null");
            case BINARY, MISSING, POJO ->
                throw new IllegalArgumentException("a tree with a " + node.getNodeType() + " node is no JSON");
        }
    }

    private void object(JsonNode node, int depth) {
        requireDepth(depth);
        put('{');
        String[] keys = new String[node.size()];
        int count = 0;
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            keys[count++] = names.next();
        }
        Arrays.sort(keys); // by UTF-16 code units, as section 3.2.3 wants it
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                put(',');
            }
            string(keys[i]);
            put(':');
            value(node.get(keys[i]), depth + 1);
        }
        put('}');
    }

    private void array(JsonNode node, int depth) {
        requireDepth(depth);
        put('[');
        for (int i = 0; i < node.size(); i++) {
            if (i > 0) {
                put(',');
            }
            value(node.get(i), depth + 1);
        }
        put(']');
    }

    private static void requireDepth(int depth) {
        if (depth > 2 * Limits.DEEPEST) {
            throw new JsonProblem(Kind.DEPTH, "nested deeper than " + 2 * Limits.DEEPEST + " levels");
        }
    }

    private void number(JsonNode node) {
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            long value = node.longValue();
            if (value <= LARGEST_SAFE_INTEGER && value >= -LARGEST_SAFE_INTEGER) {
                ascii(Long.toString(value));
                return;
            }
        }
        double value = node.doubleValue();
        if (!Double.isFinite(value)) {
            throw new JsonProblem(Kind.NUMBER, "a number is not finite");
        }
        ascii(EcmaScriptNumber.format(value));
    }

    private void string(String text) {
        put('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                i += beyondAscii(text, i);
            } else if (c == '"' || c == '\\') {
                put('\\');
                put(c);
            } else if (c >= 0x20) {
                put(c);
            } else {
                control(c);
            }
        }
        put('"');
    }

    private void control(char c) {
        put('\\');
        switch (c) {
            case '\b' -> put('b');
            case '\t' -> put('t');
            case '\n' -> put('n');
            case '\f' -> put('f');
            case '\r' -> put('r');
            default -> {
                ascii("u00");
                put(HEX[c >> 4]);
                put(HEX[c & 15]);
            }
        }
    }

    /** Writes one code point and returns how many further characters it took. */
    private int beyondAscii(String text, int i) {
        int point = text.codePointAt(i);
        if (point < 0x800) {
            put(0xC0 | (point >> 6));
        } else if (point < 0x10000) {
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                throw new JsonProblem(Kind.CHARACTER, "a string holds half a surrogate pair");
            }
            put(0xE0 | (point >> 12));
            put(0x80 | ((point >> 6) & 0x3F));
        } else {
            put(0xF0 | (point >> 18));
            put(0x80 | ((point >> 12) & 0x3F));
            put(0x80 | ((point >> 6) & 0x3F));
        }
        put(0x80 | (point & 0x3F));
        return point < 0x10000 ? 0 : 1;
    }

    private void ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            put(text.charAt(i));
        }
    }

    private void put(int b) {
        if (length == buffer.length) {
            buffer = Arrays.copyOf(buffer, length * 2);
        }
        buffer[length++] = (byte) b;
    }
}
