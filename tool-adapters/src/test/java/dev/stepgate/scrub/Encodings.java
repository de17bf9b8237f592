package dev.stepgate.scrub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/** The ways in which a hostile upstream tells a secret. */
public final class Encodings {
    private Encodings() {}

    /** By name, in order. */
    public static Map<String, UnaryOperator<String>> all() {
        Map<String, UnaryOperator<String>> all = new LinkedHashMap<>();
        all.put("plain", secret -> secret);
        all.put("inWords", secret -> "the token is " + secret + ", keep it");
        all.put("reversed", secret -> new StringBuilder(secret).reverse().toString());
        all.put("base64", secret -> base64(secret));
        all.put("base64After1", secret -> base64("x" + secret + "tail"));
        all.put("base64After2", secret -> base64("xy" + secret + "tail"));
        all.put("base64Url", secret -> Base64.getUrlEncoder().withoutPadding().encodeToString(bytes("?>" + secret)));
        all.put("base64Lines", secret -> Base64.getMimeEncoder(24, bytes("\n")).encodeToString(bytes(secret)));
        all.put("base64Twice", secret -> base64(base64(secret)));
        all.put("hex", secret -> HexFormat.of().formatHex(bytes(secret)));
        all.put("hexUpper", secret -> HexFormat.of().withUpperCase().formatHex(bytes(secret)));
        all.put("hexOfBase64", secret -> HexFormat.of().formatHex(bytes(base64(secret))));
        all.put("percent", secret -> each(secret, unit -> "%" + HexFormat.of().toHexDigits((byte) unit)));
        all.put(
                "percentUpper",
                secret -> each(
                        secret, unit -> "%" + HexFormat.of().withUpperCase().toHexDigits((byte) unit)));
        all.put("percentMinimal", secret -> java.net.URLEncoder.encode(secret, StandardCharsets.UTF_8));
        all.put(
                "percentEveryOther",
                secret -> each(
                        secret,
                        unit -> unit % 2 == 0 ? String.format(Locale.ROOT, "%%%02x", unit) : Character.toString(unit)));
        all.put("jsonEscapes", secret -> each(secret, unit -> String.format(Locale.ROOT, "\\u%04x", unit)));
        all.put("byteEscapes", secret -> each(secret, unit -> String.format(Locale.ROOT, "\\x%02X", unit)));
        all.put("entities", secret -> each(secret, unit -> "&#" + unit + ";"));
        all.put("entitiesHex", secret -> each(secret, unit -> String.format(Locale.ROOT, "&#x%x;", unit)));
        all.put("compressed", secret -> Base64.getEncoder().encodeToString(gzip(secret)));
        all.put("spaced", secret -> each(secret, unit -> Character.toString(unit) + " "));
        all.put(
                "broken",
                secret -> secret.substring(0, secret.length() / 2) + "\r\n\t" + secret.substring(secret.length() / 2));
        return all;
    }

    private static String each(String secret, java.util.function.IntFunction<String> encode) {
        return secret.chars().mapToObj(encode).collect(Collectors.joining());
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(bytes(text));
    }

    private static byte[] gzip(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes("before " + text + " after"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
