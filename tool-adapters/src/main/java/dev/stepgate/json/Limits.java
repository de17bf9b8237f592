package dev.stepgate.json;

/**
 * How a document is read and how large it may be. Every bound is inclusive.
 *
 * @param reading which numbers are admitted
 * @param maxBytes length of the whole document in bytes
 * @param maxDepth nesting of arrays and objects, from 1 to {@value #DEEPEST}
 * @param maxStringLength length of one string or key in UTF-16 code units
 */
public record Limits(Reading reading, int maxBytes, int maxDepth, int maxStringLength) {

    /** Reading and writing recurse, and this many levels fit every thread's stack many times over. */
    public static final int DEEPEST = 512;

    /** A message of MCP: 16 MiB, 64 levels, strings of 1 Mi. */
    public static final Limits MESSAGE = new Limits(Reading.STRICT, 16 << 20, 64, 1 << 20);

    /** A frame of OpenEnv: 100 MB, 64 levels, a string may fill it. */
    public static final Limits FRAME = new Limits(Reading.LENIENT_NUMBERS, 100_000_000, 64, 100_000_000);

    /** Which numbers are admitted; all other rules are the same for both. */
    public enum Reading {
        /** At most 64 characters, finite as a double, integers within ±(2^53−1). */
        STRICT,
        /**
         * What Python writes and reads: also the tokens {@code NaN}, {@code Infinity} and {@code -Infinity}, numbers that
         * overflow a double, and integers of up to 4,300 digits (Python's own bound).
         */
        LENIENT_NUMBERS
    }

    public Limits {
        if (maxBytes < 1 || maxStringLength < 0 || maxDepth < 1 || maxDepth > DEEPEST) {
            throw new IllegalArgumentException("limits of JSON out of range");
        }
    }

    public Limits withMaxBytes(int bytes) {
        return new Limits(reading, bytes, maxDepth, maxStringLength);
    }

    public Limits withMaxStringLength(int length) {
        return new Limits(reading, maxBytes, maxDepth, length);
    }
}
