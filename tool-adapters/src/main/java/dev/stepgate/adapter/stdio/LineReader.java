package dev.stepgate.adapter.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Lines of bytes, each of bounded length. Holds at most one line of that length and one chunk. For one thread. */
final class LineReader {
    private static final int CHUNK = 64 << 10;

    private final InputStream in;
    private final int longest;
    private final byte[] chunk = new byte[CHUNK];
    private int next;
    private int end;
    private byte[] line = new byte[1024];
    private int length;

    LineReader(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
    }

    /** The next line without its line feed; null at the end of the stream, which drops an unfinished line. */
    byte @Nullable [] next() throws IOException, LineTooLong {
        length = 0;
        while (true) {
            if (next == end && !fill()) {
                return null;
            }
            int feed = indexOfLineFeed();
            append(feed < 0 ? end : feed);
            if (feed >= 0) {
                next++;
                return taken();
            }
        }
    }

    private byte[] taken() {
        byte[] taken = Arrays.copyOf(line, length);
        if (line.length > CHUNK) {
            line = new byte[1024]; // one long line does not cost its length for good
        }
        return taken;
    }

    private boolean fill() throws IOException {
        next = 0;
        end = Math.max(0, in.read(chunk));
        return end > 0;
    }

    private int indexOfLineFeed() {
        for (int i = next; i < end; i++) {
            if (chunk[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void append(int until) throws LineTooLong {
        int count = until - next;
        if (count > longest - length) {
            throw new LineTooLong();
        }
        if (length + count > line.length) {
            line = Arrays.copyOf(line, Math.min(longest, Math.max(length + count, 2 * line.length)));
        }
        System.arraycopy(chunk, next, line, length, count);
        length += count;
        next = until;
    }

    /** A line is longer than allowed; what follows can not be read in step. */
    static final class LineTooLong extends Exception {
        private static final long serialVersionUID = 1;
    }
}
