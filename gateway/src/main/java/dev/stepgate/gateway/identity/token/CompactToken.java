package dev.stepgate.gateway.identity.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.identity.token.TokenRefused.Reason;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A token as it was sent, read but not believed: JWS compact serialization (RFC 7515, section 7.1).
 *
 * @param text the whole token
 * @param claims its payload
 */
record CompactToken(
        String text,
        String algorithm,
        @Nullable String keyId,
        @Nullable String type,
        ObjectNode claims) {
    /** The longest token that is looked at, in characters. */
    static final int MAX_LENGTH = 8 * 1024;

    private static final int MAX_KEY_ID = 256;
    private static final Limits JSON = new Limits(Limits.Reading.STRICT, MAX_LENGTH, 8, 4 * 1024);

    /**
     * Reads a token. A header that changes how it is to be read is refused, known or not; hints to keys ({@code jku},
     * {@code jwk}, {@code x5u}, {@code x5c}) are passed over.
     *
     * @throws TokenRefused when it is none
     */
    static CompactToken read(String text) {
        if (!hasForm(text)) {
            throw new TokenRefused(Reason.MALFORMED);
        }
        int first = text.indexOf('.');
        int second = text.indexOf('.', first + 1);
        decode(text.substring(second + 1));
        ObjectNode header = object(text.substring(0, first));
        for (String changes : new String[] {"crit", "b64", "zip", "enc", "cty"}) {
            if (header.has(changes)) {
                throw new TokenRefused(Reason.HEADER);
            }
        }
        String algorithm = optional(header, "alg");
        String keyId = optional(header, "kid");
        if (algorithm == null || (keyId != null && (keyId.isEmpty() || keyId.length() > MAX_KEY_ID))) {
            throw new TokenRefused(Reason.HEADER);
        }
        String type = optional(header, "typ");
        return new CompactToken(
                text,
                algorithm,
                keyId,
                type == null ? null : type.toLowerCase(Locale.ROOT).replaceFirst("^application/", ""),
                object(text.substring(first + 1, second)));
    }

    /** Whether it is three parts of the characters of base64url, and not too long. */
    static boolean hasForm(String text) {
        int parts = 1;
        int length = 0;
        if (text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.') {
                if (length == 0 || ++parts > 3) {
                    return false;
                }
                length = 0;
            } else if (isCoded(c)) {
                length++;
            } else {
                return false;
            }
        }
        return parts == 3 && length > 0;
    }

    private static boolean isCoded(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    private static @Nullable String optional(ObjectNode header, String name) {
        JsonNode value = header.get(name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw new TokenRefused(Reason.HEADER);
        }
        return value.textValue();
    }

    private static ObjectNode object(String part) {
        try {
            if (StrictJson.parse(decode(part), JSON) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProblem malformed) {
            // Told below, like every other form that is none.
        }
        throw new TokenRefused(Reason.MALFORMED);
    }

    /** Only the one encoding that an encoder makes, so that one token has one text and one digest. */
    private static byte[] decode(String part) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException notBase64) {
            // Told below.
        }
        throw new TokenRefused(Reason.MALFORMED);
    }
}
