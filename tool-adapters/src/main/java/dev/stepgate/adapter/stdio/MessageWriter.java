package dev.stepgate.adapter.stdio;

import dev.stepgate.adapter.Waits;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * The only writer to a child's standard input. Callers queue lines and never touch the pipe, so that a child which does not
 * read blocks this thread and not theirs. Lines and bytes in the queue are bounded. Thread-safe.
 */
final class MessageWriter implements Runnable {
    /** Answers to server requests and cancellations that fit beside the calls. */
    private static final int SPARE_LINES = 64;

    private final OutputStream out;
    private final Runnable onClosed;
    private final BlockingQueue<Line> queue;
    private final int maxBytes;
    private final Semaphore freeBytes;

    /** @param onClosed run once when the child takes nothing more */
    MessageWriter(OutputStream out, StdioLimits limits, Runnable onClosed) {
        this.out = out;
        this.onClosed = onClosed;
        this.queue = new ArrayBlockingQueue<>(limits.maxPending() + SPARE_LINES);
        this.maxBytes = limits.maxLineBytes();
        this.freeBytes = new Semaphore(maxBytes, true);
    }

    /** Queues a message of a call, waiting for room until the deadline. */
    Line queue(byte[] message, Deadline deadline) {
        if (message.length > maxBytes) {
            throw Refusal.of(OutcomeClass.INVALID_ARGUMENTS, "args.size", "the call is too large for the upstream");
        }
        Waits.acquire(freeBytes, message.length, deadline, "the upstream does not take the call");
        Line line = new Line(message);
        if (!queue.offer(line)) {
            freeBytes.release(message.length);
            throw Refusal.timeout("the upstream does not take the call");
        }
        return line;
    }

    /** Queues a message that nobody waits for; drops it when there is no room. */
    void offer(byte[] message) {
        if (freeBytes.tryAcquire(message.length) && !queue.offer(new Line(message))) {
            freeBytes.release(message.length);
        }
    }

    /** Takes a line back; false when it has been written, in part at least. */
    boolean takeBack(Line line) {
        boolean removed = queue.remove(line);
        if (removed) {
            freeBytes.release(line.message.length);
        }
        return removed;
    }

    @Override
    public void run() {
        try {
            while (true) {
                Line line = queue.take();
                out.write(line.message);
                out.write('\n');
                if (queue.isEmpty()) {
                    out.flush();
                }
                freeBytes.release(line.message.length);
            }
        } catch (IOException e) {
            onClosed.run();
        } catch (InterruptedException e) {
            // The pump is closed; nobody is told.
        }
    }

    /** One message in the queue. A class and not a record: a line is itself and no other with the same bytes. */
    static final class Line {
        private final byte[] message;

        private Line(byte[] message) {
            this.message = message;
        }
    }
}
