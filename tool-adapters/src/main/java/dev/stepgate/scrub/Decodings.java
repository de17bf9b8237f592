package dev.stepgate.scrub;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Undoes one level of an encoding, for what only looks like a secret once it is decoded. */
final class Decodings {
    /** What compressed data may come to; more is not looked through and so does not pass. */
    static final int MOST_INFLATED = 8 << 20;

    private Decodings() {}

    /** Whether a byte may stand in base64 of either alphabet. */
    static boolean isBase64(byte value) {
        return (value >= 'a' && value <= 'z')
                || (value >= 'A' && value <= 'Z')
                || (value >= '0' && value <= '9')
                || value == '+'
                || value == '/'
                || value == '-'
                || value == '_';
    }

    /** What base64 of either alphabet stands for; null where it is none. */
    static byte @Nullable [] base64(byte[] data, int from, int to) {
        int length = to - from;
        byte[] standard = Arrays.copyOfRange(data, from, length % 4 == 1 ? to - 1 : to);
        for (int i = 0; i < standard.length; i++) {
            standard[i] = standard[i] == '-' ? (byte) '+' : standard[i] == '_' ? (byte) '/' : standard[i];
        }
        try {
            return Base64.getDecoder().decode(standard);
        } catch (IllegalArgumentException other) {
            return null;
        }
    }

    /** What hexadecimal digits stand for; a last odd one is left out. */
    static byte[] hex(byte[] data, int from, int to) {
        byte[] decoded = new byte[(to - from) / 2];
        for (int i = 0; i < decoded.length; i++) {
            decoded[i] = (byte) byteAt(data, from + 2 * i, to);
        }
        return decoded;
    }

    static boolean isGzip(byte[] data) {
        return data.length > 2 && data[0] == 0x1f && (data[1] & 0xff) == 0x8b;
    }

    /** What compressed data comes to, as far as it can be read; null where it is too much. */
    static byte @Nullable [] inflated(byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] chunk = new byte[8 * 1024];
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(data))) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                out.write(chunk, 0, read);
                if (out.size() > MOST_INFLATED) {
                    return null;
                }
            }
        } catch (IOException broken) {
            // What came out before it broke is what anybody could read.
        }
        return out.toByteArray();
    }

    /** With percent signs, backslash x and u, and numeric entities undone; null where there is none. */
    static byte @Nullable [] unescaped(byte[] data) {
        ByteArrayOutputStream out = null;
        int copied = 0;
        for (int i = 0; i < data.length; i++) {
            int end = escapeEnd(data, i);
            if (end > 0) {
                out = out == null ? new ByteArrayOutputStream(data.length) : out;
                out.write(data, copied, i - copied);
                out.writeBytes(Character.toString(escaped(data, i, end)).getBytes(charset(data[i])));
                copied = end;
                i = end - 1;
            }
        }
        if (out == null) {
            return null;
        }
        out.write(data, copied, data.length - copied);
        return out.toByteArray();
    }

    /** Percent and {@code \x} write bytes, the others characters. */
    private static java.nio.charset.Charset charset(byte first) {
        return first == '%' ? java.nio.charset.StandardCharsets.ISO_8859_1 : java.nio.charset.StandardCharsets.UTF_8;
    }

    private static int escapeEnd(byte[] data, int at) {
        return switch (data[at]) {
            case '%' -> byteAt(data, at + 1, data.length) >= 0 ? at + 3 : 0;
            case '\\' -> backslashEnd(data, at);
            case '&' -> entityEnd(data, at);
            default -> 0;
        };
    }

    private static int backslashEnd(byte[] data, int at) {
        if (at + 1 >= data.length) {
            return 0;
        }
        if (data[at + 1] == 'x') {
            return byteAt(data, at + 2, data.length) >= 0 ? at + 4 : 0;
        }
        boolean unicode =
                data[at + 1] == 'u' && byteAt(data, at + 2, data.length) >= 0 && byteAt(data, at + 4, data.length) >= 0;
        return unicode ? at + 6 : 0;
    }

    private static int entityEnd(byte[] data, int at) {
        if (at + 2 >= data.length || data[at + 1] != '#') {
            return 0;
        }
        int digits = at + (isX(data[at + 2]) ? 3 : 2);
        int end = digits;
        int radix = digits == at + 3 ? 16 : 10;
        while (end < data.length && end < digits + 7 && Character.digit(data[end], radix) >= 0) {
            end++;
        }
        boolean closed = end > digits && end < data.length && data[end] == ';';
        return closed && Character.isValidCodePoint(number(data, digits, end, radix)) ? end + 1 : 0;
    }

    private static int escaped(byte[] data, int at, int end) {
        return switch (data[at]) {
            case '%' -> number(data, at + 1, end, 16);
            case '\\' -> number(data, at + 2, end, 16);
            default -> {
                boolean hex = isX(data[at + 2]);
                yield number(data, at + (hex ? 3 : 2), end - 1, hex ? 16 : 10);
            }
        };
    }

    private static boolean isX(byte value) {
        return value == 'x' || value == 'X';
    }

    private static int number(byte[] data, int from, int to, int radix) {
        int number = 0;
        for (int i = from; i < to; i++) {
            number = number * radix + Character.digit(data[i], radix);
        }
        return number;
    }

    private static int byteAt(byte[] data, int at, int to) {
        if (at + 1 >= to) {
            return -1;
        }
        int high = Character.digit(data[at], 16);
        int low = Character.digit(data[at + 1], 16);
        return high < 0 || low < 0 ? -1 : (high << 4) | low;
    }
}
