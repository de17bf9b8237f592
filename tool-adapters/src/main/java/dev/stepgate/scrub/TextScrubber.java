package dev.stepgate.scrub;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Looks through one whole text: as it is, without its white space, and after a little decoding. */
final class TextScrubber {
    static final String MARK = "[redacted:credential]";

    private static final byte[] MARK_BYTES = MARK.getBytes(StandardCharsets.UTF_8);

    /** Shorter runs can not hold a form of a secret. */
    private static final int SHORTEST_RUN = 12;

    /** Encodings around encodings that are undone, besides the one whose forms are known. */
    private static final int DEEPEST = 2;

    private TextScrubber() {}

    /** The text without the table's patterns; the same object where none is in it. */
    static String scrubbed(String text, PatternTable table) {
        if (table.isEmpty() || text.length() < SecretForms.SHORTEST) {
            return text;
        }
        byte[] data = text.getBytes(StandardCharsets.UTF_8);
        byte[] direct = direct(data, table);
        byte[] spaced = spaced(direct == null ? data : direct, table);
        byte[] clean = spaced == null ? direct : spaced;
        byte[] decoded = decoded(clean == null ? data : clean, table);
        clean = decoded == null ? clean : decoded;
        return clean == null ? text : new String(clean, StandardCharsets.UTF_8);
    }

    static byte @Nullable [] direct(byte[] data, PatternTable table) {
        long found = table.next(data, 0, data.length);
        if (found < 0) {
            return null;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length);
        int copied = 0;
        while (found >= 0) {
            out.write(data, copied, PatternTable.begin(found) - copied);
            out.writeBytes(MARK_BYTES);
            copied = PatternTable.end(found);
            found = table.next(data, copied, data.length);
        }
        out.write(data, copied, data.length - copied);
        return out.toByteArray();
    }

    /** Secrets that line breaks, blanks or NULs are put into, as mail and UTF-16 do. */
    private static byte @Nullable [] spaced(byte[] data, PatternTable table) {
        byte[] dense = new byte[data.length];
        int length = 0;
        for (byte value : data) {
            if (!isIgnored(value)) {
                dense[length++] = value;
            }
        }
        long found = length == data.length ? -1 : table.next(dense, 0, length);
        if (found < 0) {
            return null;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length);
        int copied = 0;
        int kept = 0;
        int at = 0;
        while (found >= 0) {
            for (; kept < PatternTable.begin(found) || isIgnored(data[at]); at++) {
                kept += isIgnored(data[at]) ? 0 : 1;
            }
            out.write(data, copied, at - copied);
            out.writeBytes(MARK_BYTES);
            for (; kept < PatternTable.end(found); at++) {
                kept += isIgnored(data[at]) ? 0 : 1;
            }
            copied = at;
            found = table.next(dense, PatternTable.end(found), length);
        }
        out.write(data, copied, data.length - copied);
        return out.toByteArray();
    }

    private static boolean isIgnored(byte value) {
        return value == ' ' || value == '\n' || value == '\r' || value == '\t' || value == 0;
    }

    /** Runs that decode to a secret are replaced; a text that shows one once its escapes are undone is replaced as a whole. */
    private static byte @Nullable [] decoded(byte[] data, PatternTable table) {
        byte[] unescaped = Decodings.unescaped(data);
        if (unescaped != null && holdsSecret(unescaped, table, DEEPEST - 1)) {
            return MARK_BYTES;
        }
        ByteArrayOutputStream out = null;
        int copied = 0;
        for (int from = nextRun(data, 0); from < data.length; from = nextRun(data, from)) {
            int to = runEnd(data, from);
            if (runHoldsSecret(data, from, to, table, DEEPEST)) {
                out = out == null ? new ByteArrayOutputStream(data.length) : out;
                out.write(data, copied, from - copied);
                out.writeBytes(MARK_BYTES);
                copied = to;
            }
            from = to;
        }
        if (out == null) {
            return null;
        }
        out.write(data, copied, data.length - copied);
        return out.toByteArray();
    }

    /** Where the next run begins that is long enough to hold something; the length of the data where there is none. */
    private static int nextRun(byte[] data, int from) {
        int begin = from;
        while (begin < data.length) {
            int end = runEnd(data, begin);
            if (end - begin >= SHORTEST_RUN) {
                return begin;
            }
            begin = end + 1;
        }
        return data.length;
    }

    private static int runEnd(byte[] data, int from) {
        int end = from;
        while (end < data.length && Decodings.isBase64(data[end])) {
            end++;
        }
        return end;
    }

    private static boolean runHoldsSecret(byte[] data, int from, int to, PatternTable table, int depth) {
        // What stands right before an encoding, without a gap, may put it out of step.
        for (int skipped = 0; skipped < 4; skipped++) {
            byte[] base64 = Decodings.base64(data, from + skipped, to);
            if (base64 != null && inflatedHoldsSecret(base64, table, depth - 1)) {
                return true;
            }
        }
        return hexHoldsSecret(data, from, to, table, depth);
    }

    /** Digits may stand in a longer run, and begin with the second half of one. */
    private static boolean hexHoldsSecret(byte[] data, int from, int to, PatternTable table, int depth) {
        int begin = from;
        while (begin < to) {
            int end = begin;
            while (end < to && Character.digit(data[end], 16) >= 0) {
                end++;
            }
            if (end - begin >= 2 * SecretForms.SHORTEST
                    && (inflatedHoldsSecret(Decodings.hex(data, begin, end), table, depth - 1)
                            || inflatedHoldsSecret(Decodings.hex(data, begin + 1, end), table, depth - 1))) {
                return true;
            }
            begin = end + 1;
        }
        return false;
    }

    /** Compressed bytes are looked through as well, and held to be secret where they are too many. */
    private static boolean inflatedHoldsSecret(byte[] decoded, PatternTable table, int depth) {
        byte[] inflated = Decodings.isGzip(decoded) ? Decodings.inflated(decoded) : decoded;
        return inflated == null || holdsSecret(inflated, table, depth);
    }

    private static boolean holdsSecret(byte[] data, PatternTable table, int depth) {
        if (table.isIn(data) || spaced(data, table) != null) {
            return true;
        }
        if (depth <= 0) {
            return false;
        }
        byte[] unescaped = Decodings.unescaped(data);
        if (unescaped != null && holdsSecret(unescaped, table, depth - 1)) {
            return true;
        }
        for (int from = nextRun(data, 0); from < data.length; from = nextRun(data, from)) {
            int to = runEnd(data, from);
            if (runHoldsSecret(data, from, to, table, depth)) {
                return true;
            }
            from = to;
        }
        return false;
    }
}
