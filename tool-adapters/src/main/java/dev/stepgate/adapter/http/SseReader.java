package dev.stepgate.adapter.http;

import dev.stepgate.tool.Refusal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a {@code text/event-stream} apart (HTML standard, section 9.2.6), whatever the borders of its chunks. Gives the data
 * of {@code message} events and keeps the last id and retry time; comments and other events are skipped. For one thread.
 */
final class SseReader {
    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID = "id".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RETRY = "retry".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_ID = 1024;
    private static final int LONGEST_RETRY = 9;

    private final int maxEventBytes;
    private final Consumer<byte[]> events;
    private final Bytes line = new Bytes();
    private final Bytes data = new Bytes();
    private boolean otherEvent;
    private boolean afterReturn;
    private boolean firstLine = true;
    private @Nullable String lastId;
    private long retryMillis = -1;

    /**
     * @param maxEventBytes bound of one event's data and of one line
     * @param events takes the data of each event, never empty
     */
    SseReader(int maxEventBytes, Consumer<byte[]> events) {
        this.maxEventBytes = maxEventBytes;
        this.events = events;
    }

    /** Reads on; throws a {@link Refusal} when an event is too long. */
    void feed(byte[] chunk) {
        int start = 0;
        for (int i = 0; i < chunk.length; i++) {
            byte b = chunk[i];
            if (b == '\n' || b == '\r') {
                append(line, chunk, start, i - start);
                // The line feed of a pair ends nothing: the line before it has ended already.
                if (!(b == '\n' && afterReturn && i == start && line.size() == 0)) {
                    endLine();
                }
                start = i + 1;
            }
            afterReturn = b == '\r';
        }
        append(line, chunk, start, chunk.length - start);
    }

    private void append(Bytes bytes, byte[] source, int from, int count) {
        if (count > maxEventBytes - bytes.size()) {
            throw Refusal.environmentFailed("the upstream sent an event longer than " + maxEventBytes + " bytes");
        }
        bytes.write(source, from, count);
    }

    private void endLine() {
        int start = firstLine && line.startsWithByteOrderMark() ? 3 : 0;
        firstLine = false;
        if (line.size() == start) {
            dispatch();
        } else {
            field(start);
        }
        line.reset();
    }

    private void field(int start) {
        int colon = line.indexOf((byte) ':', start);
        int nameEnd = colon < 0 ? line.size() : colon;
        int value = colon < 0 ? nameEnd : colon + 1;
        if (value < line.size() && line.at(value) == ' ') {
            value++;
        }
        if (line.equals(DATA, start, nameEnd)) {
            append(data, line.array(), value, line.size() - value);
            data.write('\n');
        } else if (line.equals(EVENT, start, nameEnd)) {
            otherEvent = value < line.size() && !line.equals(MESSAGE, value, line.size());
        } else if (line.equals(ID, start, nameEnd)) {
            id(line.text(value));
        } else if (line.equals(RETRY, start, nameEnd)) {
            retry(line.text(value));
        }
    }

    /** An id that could not be sent in a header is none: it would be of no use but to break out of one. */
    private void id(String text) {
        boolean visible = text.length() <= LONGEST_ID && text.chars().allMatch(c -> c >= 0x20 && c < 0x7F);
        if (visible) {
            lastId = text.isEmpty() ? null : text;
        }
    }

    private void retry(String text) {
        if (!text.isEmpty() && text.length() <= LONGEST_RETRY && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            retryMillis = Long.parseLong(text);
        }
    }

    /** The id of the last event that had one, or null: whatever came after it can be asked for again. */
    @Nullable
    String lastId() {
        return lastId;
    }

    /** How long to wait before asking again, in milliseconds, or -1 where the server did not say. */
    long retryMillis() {
        return retryMillis;
    }

    private void dispatch() {
        int length = data.size() - 1; // without the last line feed
        if (length > 0 && !otherEvent) {
            events.accept(data.first(length));
        }
        data.reset();
        otherEvent = false;
    }

    /** A buffer whose bytes can be looked at where they are. */
    private static final class Bytes extends ByteArrayOutputStream {
        byte[] array() {
            return buf;
        }

        String text(int from) {
            return new String(buf, from, count - from, StandardCharsets.UTF_8);
        }

        byte at(int i) {
            return buf[i];
        }

        byte[] first(int length) {
            return Arrays.copyOf(buf, length);
        }

        int indexOf(byte b, int from) {
            for (int i = from; i < count; i++) {
                if (buf[i] == b) {
                    return i;
                }
            }
            return -1;
        }

        boolean equals(byte[] other, int from, int to) {
            return Arrays.equals(buf, from, to, other, 0, other.length);
        }

        boolean startsWithByteOrderMark() {
            return count >= 3 && buf[0] == (byte) 0xEF && buf[1] == (byte) 0xBB && buf[2] == (byte) 0xBF;
        }
    }
}
