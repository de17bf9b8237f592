package dev.stepgate.gateway.http;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer that is written piece by piece. Whoever sends waits while the caller is slow, and does so on a virtual
 * thread; a caller that takes nothing for half a minute is left. Thread-safe.
 */
final class Outflow {
    /** Bytes that are on their way to a caller, and the one piece that may pass it. */
    private static final int MOST_UNREAD = 256 * 1024;

    private static final long READ_WITHIN_SECONDS = 30;

    private final Context context;
    private final HttpServerResponse response;
    private final HttpConnection connection;
    private final Semaphore room = new Semaphore(MOST_UNREAD);
    private volatile boolean over;

    /** Runs on the event loop of {@code context}; the head of the response is complete but for the type of its body. */
    Outflow(Context context, HttpServerResponse response, HttpConnection connection, String contentType) {
        this.context = context;
        this.response = response;
        this.connection = connection;
        response.setChunked(true);
        response.putHeader("Content-Type", contentType);
    }

    /** Sends a piece; false once the caller is gone. */
    boolean send(Buffer piece) {
        if (over) {
            return false;
        }
        int size = Math.min(piece.length(), MOST_UNREAD);
        try {
            if (!room.tryAcquire(size, READ_WITHIN_SECONDS, TimeUnit.SECONDS)) {
                leave();
                return false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        context.runOnContext(_ -> {
            if (hasGone()) { // not `over`: the end comes after what was sent before it
                over = true;
                room.release(size);
            } else {
                response.write(piece).onComplete(_ -> room.release(size));
            }
        });
        return !over;
    }

    /** Sends a small piece if it need not wait. On the event loop. */
    void sendIfIdle(Buffer piece) {
        if (room.tryAcquire(piece.length())) {
            response.write(piece).onComplete(_ -> room.release(piece.length()));
        }
    }

    /** The last piece has been sent. */
    void end() {
        end(() -> {});
    }

    /** @param afterwards run on the event loop, when all has been written */
    void end(Runnable afterwards) {
        over = true;
        context.runOnContext(_ -> {
            if (!hasGone()) {
                response.end().onComplete(_ -> afterwards.run());
            }
        });
    }

    /** Breaks the answer off, so that nobody takes it for complete. */
    void leave() {
        over = true;
        context.runOnContext(_ -> connection.close());
    }

    /** Whether nothing more is sent. */
    boolean isOver() {
        return over || hasGone();
    }

    private boolean hasGone() {
        return response.closed() || response.ended();
    }
}
