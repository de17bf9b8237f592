package dev.stepgate.scrub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * The byte sequences by which a secret is recognised: itself and its parts, each plain and in the encodings that a careless
 * or hostile upstream might put it in.
 */
final class SecretForms {
    /** A shorter sequence would also be found where there is no secret. */
    static final int SHORTEST = 8;

    /** A line of a longer secret, such as a PEM file, is looked for from this length on. */
    private static final int SHORTEST_PART = 12;

    private static final int DEEPEST = 8;

    private SecretForms() {}

    /** All forms of all parts, none shorter than {@link #SHORTEST} bytes. */
    static List<byte[]> of(String secret) {
        Set<String> seen = new LinkedHashSet<>();
        List<byte[]> forms = new ArrayList<>();
        for (String part : parts(secret)) {
            for (byte[] form : encodings(part.getBytes(StandardCharsets.UTF_8))) {
                if (form.length >= SHORTEST && seen.add(new String(form, StandardCharsets.ISO_8859_1))) {
                    forms.add(form);
                }
            }
        }
        return forms;
    }

    private static Set<String> parts(String secret) {
        Set<String> parts = new LinkedHashSet<>();
        parts.add(secret);
        String stripped = secret.strip();
        parts.add(stripped);
        if (stripped.indexOf('\n') >= 0) {
            stripped.lines()
                    .map(String::strip)
                    .filter(line -> line.length() >= SHORTEST_PART && !line.startsWith("-----"))
                    .forEach(parts::add);
        }
        if (stripped.contains("://")) {
            addPassword(stripped, parts);
        }
        if (stripped.startsWith("{")) {
            addFields(stripped, parts);
        }
        parts.removeIf(part -> part.length() < SHORTEST);
        return parts;
    }

    /** The password in an address, such as the one of a database. */
    private static void addPassword(String address, Set<String> parts) {
        try {
            URI uri = new URI(address);
            for (String user : new String[] {uri.getRawUserInfo(), uri.getUserInfo()}) {
                if (user != null && user.indexOf(':') >= 0) {
                    parts.add(user.substring(user.indexOf(':') + 1));
                }
            }
        } catch (URISyntaxException other) {
            // No address after all; it is looked for as a whole.
        }
    }

    private static void addFields(String document, Set<String> parts) {
        try {
            addFields(StrictJson.parse(document.getBytes(StandardCharsets.UTF_8)), parts, 0);
        } catch (JsonProblem other) {
            // No JSON after all; it is looked for as a whole.
        }
    }

    private static void addFields(JsonNode node, Set<String> parts, int depth) {
        if (node.isTextual() && node.textValue().length() >= SHORTEST_PART) {
            parts.add(node.textValue());
        } else if (node.isContainerNode() && depth < DEEPEST) {
            node.forEach(child -> addFields(child, parts, depth + 1));
        }
    }

    private static List<byte[]> encodings(byte[] plain) {
        List<byte[]> forms = new ArrayList<>();
        forms.add(plain);
        forms.add(reversed(plain));
        for (int alignment = 0; alignment < 3; alignment++) {
            byte[] padded = Arrays.copyOf(new byte[alignment], alignment + plain.length);
            System.arraycopy(plain, 0, padded, alignment, plain.length);
            addTrimmed(Base64.getEncoder().withoutPadding().encode(padded), alignment, padded.length, forms);
            addTrimmed(Base64.getUrlEncoder().withoutPadding().encode(padded), alignment, padded.length, forms);
        }
        String hex = HexFormat.of().formatHex(plain);
        forms.add(bytes(hex));
        forms.add(bytes(hex.toUpperCase(Locale.ROOT)));
        for (boolean upper : new boolean[] {true, false}) {
            forms.add(percentMinimal(plain, upper));
            forms.add(each(plain, value -> "%" + hex(value, 2, upper)));
            forms.add(each(plain, value -> "\\x" + hex(value, 2, upper)));
            forms.add(each(plain, value -> "&#x" + hex(value, 2, upper) + ";"));
        }
        forms.add(each(plain, value -> "&#" + value + ";"));
        String text = new String(plain, StandardCharsets.UTF_8);
        for (boolean upper : new boolean[] {true, false}) {
            forms.add(bytes(
                    text.chars().mapToObj(unit -> "\\u" + hex(unit, 4, upper)).collect(Collectors.joining())));
        }
        forms.add(jsonQuoted(text));
        return forms;
    }

    /** Without the characters at both ends that also depend on what stands beside the secret. */
    private static void addTrimmed(byte[] encoded, int alignment, int bytes, List<byte[]> forms) {
        int from = Math.ceilDiv(alignment * 8, 6);
        int to = bytes * 8 / 6;
        forms.add(Arrays.copyOfRange(encoded, from, to));
    }

    private static byte[] reversed(byte[] plain) {
        return new StringBuilder(new String(plain, StandardCharsets.UTF_8))
                .reverse()
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    /** As for a query: letters, digits and {@code -._~} stay (RFC 3986, 2.3). */
    private static byte[] percentMinimal(byte[] plain, boolean upper) {
        return each(
                plain,
                value -> (Character.isLetterOrDigit(value) && value < 128) || "-._~".indexOf(value) >= 0
                        ? String.valueOf((char) value)
                        : "%" + hex(value, 2, upper));
    }

    private static byte[] jsonQuoted(String text) {
        return bytes(text.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t"));
    }

    private static byte[] each(byte[] plain, IntFunction<String> encode) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length * 6);
        for (byte value : plain) {
            out.writeBytes(encode.apply(value & 0xff).getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private static String hex(int value, int digits, boolean upper) {
        HexFormat format = upper ? HexFormat.of().withUpperCase() : HexFormat.of();
        return format.toHexDigits(value, digits);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
