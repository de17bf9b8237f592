package dev.stepgate.adapter.stdio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Cuts a stream into lines and never keeps more of one than its limit. For one thread. */
final class LineReader {
    private final InputStream stream;
    private final int maxLine;
    private final byte[] chunk = new byte[16 * 1024];
    private int at;
    private int end;

    LineReader(InputStream stream, int maxLine) {
        this.stream = stream;
        this.maxLine = maxLine;
    }

    /**
     * The next line without its break.
     *
     * @return an empty array at the end of the stream and for an empty line: see {@link #ended()}
     * @throws IOException when the stream fails or the line is longer than the limit
     */
    byte[] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        while (fill()) {
            int from = at;
            while (at < end && chunk[at] != '\n') {
                at++;
            }
            if (line.size() + at - from > maxLine) {
                throw new IOException("a line is longer than " + maxLine + " bytes");
            }
            line.write(chunk, from, at - from);
            if (at < end) {
                at++;
                return line.toByteArray();
            }
        }
        return line.toByteArray();
    }

    boolean ended() {
        return end < 0;
    }

    private boolean fill() throws IOException {
        if (at < end) {
            return true;
        }
        at = 0;
        end = stream.read(chunk);
        return end > 0;
    }
}
