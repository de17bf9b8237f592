package dev.stepgate.gateway.journal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The chain over the lines of one file: each ends with {@code "chain"}, the SHA-256 over the value before it and the line's own
 * bytes up to that key. The first value comes from the file's name, so that a line counts in one place of one file. Not for
 * use by many threads.
 */
final class HashChain {
    /** What a line holds after the bytes that are hashed: the key, 64 hexadecimal digits, and the end of the object. */
    private static final byte[] KEY = ",\"chain\":\"".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] END = "\"}".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 64;
    private static final int SUFFIX = KEY.length + DIGITS + END.length;

    private final MessageDigest digest;
    private byte[] head;

    HashChain(String name) {
        digest = sha256();
        head = digest.digest(name.getBytes(StandardCharsets.UTF_8));
    }

    /** The line, which ends with a brace, with the next value in it and with its line break; {@link #advance} goes on to it. */
    Link next(byte[] line) {
        int end = line.length - 1;
        byte[] value = after(line, end);
        byte[] linked = Arrays.copyOf(line, end + SUFFIX + 1);
        put(linked, end, KEY);
        put(linked, end + KEY.length, HexFormat.of().formatHex(value).getBytes(StandardCharsets.US_ASCII));
        put(linked, end + KEY.length + DIGITS, END);
        linked[linked.length - 1] = '\n';
        return new Link(linked, value);
    }

    /** The line with its line break and no value. */
    static byte[] unlinked(byte[] line) {
        byte[] whole = Arrays.copyOf(line, line.length + 1);
        whole[line.length] = '\n';
        return whole;
    }

    /** Goes on to a line that was written. A line that could not be written leaves the chain where it is. */
    void advance(Link link) {
        head = link.value;
    }

    /** Whether a line, without its line break, is the next one; goes on to it if so. */
    boolean accepts(byte[] line) {
        int end = line.length - SUFFIX;
        if (end < 1) {
            return false;
        }
        byte[] value = after(line, end);
        byte[] digits = HexFormat.of().formatHex(value).getBytes(StandardCharsets.US_ASCII);
        boolean next = matches(line, end, KEY)
                && matches(line, end + KEY.length, digits)
                && matches(line, end + KEY.length + DIGITS, END);
        if (next) {
            head = value;
        }
        return next;
    }

    /** The last value, in hexadecimal digits. */
    String head() {
        return HexFormat.of().formatHex(head);
    }

    private byte[] after(byte[] line, int length) {
        digest.update(head);
        digest.update(line, 0, length);
        return digest.digest();
    }

    private static boolean matches(byte[] line, int at, byte[] expected) {
        return Arrays.equals(line, at, at + expected.length, expected, 0, expected.length);
    }

    private static void put(byte[] line, int at, byte[] part) {
        System.arraycopy(part, 0, line, at, part.length);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /** A line with its place in the chain; the array is the receiver's. */
    static final class Link {
        private final byte[] line;
        private final byte[] value;

        private Link(byte[] line, byte[] value) {
            this.line = line;
            this.value = value;
        }

        byte[] line() {
            return line;
        }
    }
}
