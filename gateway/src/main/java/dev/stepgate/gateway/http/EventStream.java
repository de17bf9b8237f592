package dev.stepgate.gateway.http;

import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An answer as server-sent events. A comment now and then keeps the connection from being taken for dead by anybody between.
 * Thread-safe.
 */
final class EventStream {
    private static final long RETRY_MILLIS = 1_000;
    private static final long COMMENT_MILLIS = 15_000;

    /** After so many comments the stream is a long one. */
    private static final int LONG = 3;

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Context context;
    private final HttpConnection connection;
    private final Outflow out;
    private final long timer;
    private boolean closes;
    private int comments;

    /** Runs on the event loop of {@code context}; the head of the response is complete. */
    EventStream(Context context, HttpServerResponse response, HttpConnection connection) {
        this.context = context;
        this.connection = connection;
        this.out = new Outflow(context, response, connection, "text/event-stream");
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
        return out.send(event);
    }

    private void keepAlive() {
        if (out.isOver()) {
            context.owner().cancelTimer(timer);
            return;
        }
        if (++comments == LONG) {
            beLong();
        }
        out.sendIfIdle(Buffer.buffer(COMMENT));
    }

    /** Nothing is read from a caller that listens; the connection ends with the stream instead of by its silence. */
    private void beLong() {
        closes = true;
        if (connection instanceof ConnectionBase base
                && base.channel().pipeline().get(IdleStateHandler.class) != null) {
            base.channel().pipeline().remove(IdleStateHandler.class);
        }
    }

    /** The last event has been sent. */
    void end() {
        context.owner().cancelTimer(timer);
        out.end(() -> {
            if (closes) {
                connection.close();
            }
        });
    }

    boolean isOpen() {
        return !out.isOver();
    }
}
