package dev.stepgate.mcp;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** Text in the header fields of MCP 2026-07-28: as it is, or as {@code =?base64?…?=} where it could not be (SEP-2243). */
public final class HeaderValue {
    private static final String BEGIN = "=?base64?";
    private static final String END = "?=";

    private HeaderValue() {}

    /** How a text is written. */
    public static String encode(String text) {
        return isPlain(text)
                ? text
                : BEGIN + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + END;
    }

    /** What a field says; empty where it is malformed. */
    public static Optional<String> decode(String field) {
        if (!field.startsWith(BEGIN) || !field.endsWith(END) || field.length() < BEGIN.length() + END.length()) {
            boolean plain = field.chars().allMatch(c -> c == '\t' || (c >= 0x20 && c < 0x7F));
            return plain ? Optional.of(field) : Optional.empty();
        }
        try {
            String encoded = field.substring(BEGIN.length(), field.length() - END.length());
            if (encoded.length() % 4 != 0) { // the decoder would do without padding
                return Optional.empty();
            }
            byte[] bytes = Base64.getDecoder().decode(encoded);
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(java.nio.ByteBuffer.wrap(bytes))
                    .toString());
        } catch (IllegalArgumentException | CharacterCodingException malformed) {
            return Optional.empty();
        }
    }

    private static boolean isPlain(String text) {
        return text.strip().length() == text.length()
                && !text.isEmpty()
                && !(text.startsWith(BEGIN) && text.endsWith(END))
                && text.chars().allMatch(c -> c >= 0x20 && c < 0x7F);
    }
}
