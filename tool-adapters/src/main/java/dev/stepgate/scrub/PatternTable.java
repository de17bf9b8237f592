package dev.stepgate.scrub;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds many byte sequences in one pass: the last eight bytes read are looked up in a bit set, and only where they begin a
 * pattern is it compared. Immutable, so it is searched without a lock.
 *
 * <p>It is made anew whenever a lease brings or takes a secret, which is why it is no Aho-Corasick automaton: that needs
 * a state for each byte of each pattern and some megabytes of transitions, this one entry for each pattern.
 */
final class PatternTable {
    static final PatternTable EMPTY = new PatternTable(List.of());

    private static final int WINDOW = 8;
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final int shift;
    private final long[] begun;
    private final byte[] @Nullable [][] byHash;
    private final int longest;

    /** @param patterns of at least eight bytes each */
    PatternTable(Collection<byte[]> patterns) {
        int bits = Math.max(10, 64 - Long.numberOfLeadingZeros(patterns.size() * 16L));
        this.shift = 64 - bits;
        this.begun = new long[1 << Math.max(0, bits - 6)];
        this.byHash = new byte[1 << bits][][];
        int most = 0;
        for (byte[] pattern : patterns) {
            if (pattern.length < WINDOW) {
                throw new IllegalArgumentException("a pattern is shorter than " + WINDOW + " bytes");
            }
            most = Math.max(most, pattern.length);
            int hash = hash(windowAt(pattern));
            begun[hash >>> 6] |= 1L << hash;
            byHash[hash] = with(byHash[hash], pattern);
        }
        this.longest = most;
    }

    private static byte[][] with(byte @Nullable [][] patterns, byte[] another) {
        byte[][] more = patterns == null ? new byte[1][] : java.util.Arrays.copyOf(patterns, patterns.length + 1);
        more[more.length - 1] = another;
        return more;
    }

    private static long windowAt(byte[] pattern) {
        long window = 0;
        for (int i = 0; i < WINDOW; i++) {
            window = (window << 8) | (pattern[i] & 0xff);
        }
        return window;
    }

    private int hash(long window) {
        return (int) ((window * SPREAD) >>> shift);
    }

    boolean isEmpty() {
        return longest == 0;
    }

    /** The length of the longest pattern, 0 where there is none. */
    int longest() {
        return longest;
    }

    /**
     * Where the next pattern begins in {@code data[from, to)}, and where the longest one there ends.
     *
     * @return begin in the high half, end in the low one; -1 where there is none
     */
    long next(byte[] data, int from, int to) {
        if (longest == 0) {
            return -1;
        }
        long window = 0;
        int full = from + WINDOW - 1;
        for (int i = from; i < to; i++) {
            window = (window << 8) | (data[i] & 0xff);
            if (i >= full) {
                int hash = hash(window);
                if (((begun[hash >>> 6] >>> hash) & 1) != 0) {
                    int begin = i - WINDOW + 1;
                    int length = lengthAt(byHash[hash], data, begin, to);
                    if (length > 0) {
                        return ((long) begin << 32) | (begin + length);
                    }
                }
            }
        }
        return -1;
    }

    boolean isIn(byte[] data) {
        return next(data, 0, data.length) >= 0;
    }

    private static int lengthAt(byte @Nullable [][] patterns, byte[] data, int begin, int to) {
        int length = 0;
        for (byte[] pattern : patterns == null ? new byte[0][] : patterns) {
            int end = begin + pattern.length;
            if (pattern.length > length
                    && end <= to
                    && java.util.Arrays.equals(data, begin, end, pattern, 0, pattern.length)) {
                length = pattern.length;
            }
        }
        return length;
    }

    static int begin(long found) {
        return (int) (found >>> 32);
    }

    static int end(long found) {
        return (int) found;
    }
}
