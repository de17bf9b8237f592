package dev.stepgate.gateway.http;

import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer as server-sent events. Whoever sends waits while the caller is slow; a caller that takes nothing for half a minute
 * is left. A comment now and then keeps the connection from being taken for dead by anybody between. Thread-safe.
 */
final class EventStream {
    /** Bytes that are on their way to a caller, and the one event that may pass it. */
    private static final int MOST_UNREAD = 256 * 1024;

    private static final long READ_WITHIN_SECONDS = 30;
    private static final long RETRY_MILLIS = 1_000;
    private static final long COMMENT_MILLIS = 15_000;

    /** After so many comments the stream is a long one. */
    private static final int LONG = 3;

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Context context;
    private final HttpServerResponse response;
    private final HttpConnection connection;
    private final Semaphore room = new Semaphore(MOST_UNREAD);
    private final long timer;
    private volatile boolean over;
    private boolean closes;
    private int comments;

    /** Runs on the event loop of {@code context}; the head of the response is complete. */
    EventStream(Context context, HttpServerResponse response, HttpConnection connection) {
        this.context = context;
        this.response = response;
        this.connection = connection;
        response.setChunked(true);
        response.putHeader("Content-Type", "text/event-stream");
        response.putHeader("X-Accel-Buffering", "no");
        this.timer = context.owner().setPeriodic(COMMENT_MILLIS, _ -> keepAlive());
    }

    /** Sends one message; false once the caller is gone. */
    boolean send(@Nullable String id, byte[] json) {
        Buffer event = Buffer.buffer(json.length + 48);
        if (id != null) {
            event.appendString("id: ").appendString(id).appendString("\n");
        }
        event.appendString("event: message\ndata: ").appendBytes(json).appendString("\n\n");
        return send(event);
    }

    /** Sends an event without a message: from its id on the caller can ask for the rest. */
    boolean prime(String id) {
        return send(Buffer.buffer("retry: " + RETRY_MILLIS + "\nid: " + id + "\ndata: \n\n"));
    }

    /** Tells the caller when to come back. */
    boolean retry(long millis) {
        return send(Buffer.buffer("retry: " + millis + "\n\n"));
    }

    private boolean send(Buffer event) {
        if (over) {
            return false;
        }
        int size = Math.min(event.length(), MOST_UNREAD);
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
            if (response.closed() || response.ended()) { // not `over`: the end comes after what was sent before it
                room.release(size);
            } else {
                response.write(event).onComplete(_ -> room.release(size));
            }
        });
        return !over;
    }

    private void keepAlive() {
        if (isOver()) {
            stop();
            return;
        }
        if (++comments == LONG) {
            beLong();
        }
        if (room.tryAcquire(COMMENT.length)) {
            response.write(Buffer.buffer(COMMENT)).onComplete(_ -> room.release(COMMENT.length));
        }
    }

    /** Nothing is read from a caller that listens; the connection ends with the stream instead of by its silence. */
    private void beLong() {
        closes = true;
        if (connection instanceof ConnectionBase base
                && base.channel().pipeline().get(IdleStateHandler.class) != null) {
            base.channel().pipeline().remove(IdleStateHandler.class);
        }
    }

    private boolean isOver() {
        return over || response.closed() || response.ended();
    }

    /** The last event has been sent. */
    void end() {
        over = true;
        context.runOnContext(_ -> {
            stop();
            if (!response.ended() && !response.closed()) {
                response.end().onComplete(_ -> {
                    if (closes) {
                        connection.close();
                    }
                });
            }
        });
    }

    private void leave() {
        over = true;
        context.runOnContext(_ -> {
            stop();
            connection.close();
        });
    }

    private void stop() {
        over = true;
        context.owner().cancelTimer(timer);
    }

    boolean isOpen() {
        return !over;
    }
}
