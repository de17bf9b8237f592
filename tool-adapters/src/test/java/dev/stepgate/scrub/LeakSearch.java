package dev.stepgate.scrub;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Looks for a secret in what left the gateway the slow way: by undoing every encoding wherever it might stand, three deep. It
 * shares no code with the scrubber that it judges.
 */
public final class LeakSearch {
    private static final Pattern RUN = Pattern.compile("[A-Za-z0-9+/_=-]{12,}");
    private static final Pattern DIGITS = Pattern.compile("[0-9A-Fa-f]{16,}");
    private static final Pattern ESCAPE =
            Pattern.compile("\\\\u([0-9A-Fa-f]{4})|\\\\x([0-9A-Fa-f]{2})|&#x([0-9A-Fa-f]{1,5});|&#([0-9]{1,6});");

    private final String secret;
    private final String reversed;

    public LeakSearch(String secret) {
        this.secret = secret;
        this.reversed = new StringBuilder(secret).reverse().toString();
    }

    /** Whether anybody who reads this learns the secret. */
    public boolean finds(String output) {
        String texts = output.replace("\"},{\"type\":\"text\",\"text\":\"", "");
        return finds(output, 3) || finds(unquoted(texts), 3);
    }

    /** As a reader of JSON sees its texts. */
    private static String unquoted(String json) {
        StringBuilder plain = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char unit = json.charAt(i);
            if (unit == '\\' && i + 1 < json.length() && "nrt\\\"".indexOf(json.charAt(i + 1)) >= 0) {
                i++;
                unit = switch (json.charAt(i)) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    default -> json.charAt(i);
                };
            }
            plain.append(unit);
        }
        return plain.toString();
    }

    private boolean finds(String text, int depth) {
        if (shows(text) || shows(text.replaceAll("[\\s\\x00]", ""))) {
            return true;
        }
        return depth > 0 && decodings(text).stream().anyMatch(decoded -> finds(decoded, depth - 1));
    }

    private boolean shows(String text) {
        return text.contains(secret) || text.contains(reversed);
    }

    private static List<String> decodings(String text) {
        List<String> decodings = new ArrayList<>();
        String escaped = ESCAPE.matcher(text).replaceAll(LeakSearch::character);
        if (!escaped.equals(text)) {
            decodings.add(escaped);
        }
        if (text.indexOf('%') >= 0) {
            decodings.add(percent(text));
        }
        addRuns(text, decodings);
        String dense = text.replaceAll("[\\s\\x00]|\\\\n", "");
        if (!dense.equals(text)) {
            addRuns(dense, decodings);
        }
        return decodings;
    }

    private static void addRuns(String text, List<String> decodings) {
        Matcher runs = RUN.matcher(text);
        while (runs.find()) {
            String run = runs.group();
            for (int skipped = 0; skipped < 4 && skipped < run.length(); skipped++) {
                addBase64(run.substring(skipped), decodings);
            }
            Matcher digits = DIGITS.matcher(run);
            while (digits.find()) {
                String hex = digits.group();
                addHex(hex.substring(0, hex.length() & ~1), decodings);
                addHex(hex.substring(1, 1 + ((hex.length() - 1) & ~1)), decodings);
            }
        }
    }

    private static String character(java.util.regex.MatchResult match) {
        for (int group = 1; group <= 4; group++) {
            if (match.group(group) != null) {
                int code = Integer.parseInt(match.group(group), group == 4 ? 10 : 16);
                return Matcher.quoteReplacement(Character.isValidCodePoint(code) ? Character.toString(code) : "?");
            }
        }
        return "";
    }

    private static String percent(String text) {
        try {
            return URLDecoder.decode(
                    text.replace("+", "%2B").replaceAll("%(?![0-9A-Fa-f]{2})", "%25"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException other) {
            return "";
        }
    }

    private static void addBase64(String run, List<String> decodings) {
        String standard = run.replace('-', '+').replace('_', '/').replace("=", "");
        try {
            addBytes(
                    Base64.getDecoder()
                            .decode(standard.substring(0, standard.length() - (standard.length() % 4 == 1 ? 1 : 0))),
                    decodings);
        } catch (IllegalArgumentException other) {
            // Not in this alphabet.
        }
    }

    private static void addHex(String run, List<String> decodings) {
        try {
            addBytes(HexFormat.of().parseHex(run), decodings);
        } catch (IllegalArgumentException other) {
            // No such digits.
        }
    }

    private static void addBytes(byte[] decoded, List<String> decodings) {
        decodings.add(new String(decoded, StandardCharsets.UTF_8));
        if (decoded.length > 2 && decoded[0] == 0x1f && (decoded[1] & 0xff) == 0x8b) {
            try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(decoded))) {
                decodings.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException broken) {
                // Compressed by nobody.
            }
        }
    }
}
