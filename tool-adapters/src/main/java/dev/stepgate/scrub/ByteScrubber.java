package dev.stepgate.scrub;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Takes secrets out of bytes that come in pieces, wherever the pieces are cut: it holds back as much as could be the
 * beginning of one. For one thread.
 */
public final class ByteScrubber {
    private static final byte[] MARK = TextScrubber.MARK.getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final Supplier<PatternTable> table;
    private final LongAdder hits;
    private byte[] held = new byte[0];

    ByteScrubber(Supplier<PatternTable> table, LongAdder hits) {
        this.table = table;
        this.hits = hits;
    }

    /** What of all the bytes so far is sure to be clean and was not given before. */
    public byte[] next(byte[] chunk, int length) {
        byte[] data = Arrays.copyOf(held, held.length + length);
        System.arraycopy(chunk, 0, data, held.length, length);
        PatternTable current = table.get();
        return pass(current, data, Math.max(0, data.length - Math.max(0, current.longest() - 1)));
    }

    /** What is left, at the end of the stream. */
    public byte[] last() {
        byte[] data = held;
        return pass(table.get(), data, data.length);
    }

    /** @param sure before here no pattern can begin that is not wholly in the data */
    private byte[] pass(PatternTable current, byte[] data, int sure) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length);
        int copied = 0;
        long found = current.next(data, 0, data.length);
        while (found >= 0 && PatternTable.begin(found) < sure) {
            out.write(data, copied, PatternTable.begin(found) - copied);
            out.writeBytes(MARK);
            hits.increment();
            copied = PatternTable.end(found);
            found = current.next(data, copied, data.length);
        }
        if (copied < sure) {
            out.write(data, copied, sure - copied);
            copied = sure;
        }
        held = Arrays.copyOfRange(data, copied, data.length);
        return out.toByteArray();
    }
}
