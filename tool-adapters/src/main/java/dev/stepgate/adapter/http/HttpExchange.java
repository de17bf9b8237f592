package dev.stepgate.adapter.http;

import dev.stepgate.adapter.Waits;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request and what comes back. The event loop of {@code context} fills a queue that one calling thread empties; a plain
 * answer wakes that thread once, an event stream once a chunk. What waits of a stream is bounded: the connection is not read
 * while its reader is behind.
 *
 * <p>Everything but {@link #next} and the constructor's caller runs on the event loop.
 */
final class HttpExchange {
    private static final System.Logger LOG = System.getLogger(HttpExchange.class.getName());

    /** How long the rest of a stream is read after the answer is known, to keep the connection for the next call. */
    private static final long DRAIN_MILLIS = 1_000;

    /** Bytes of a stream that wait for their reader; beyond them the connection is not read. */
    private static final int MOST_WAITING = 1 << 20;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final Buffer EMPTY = Buffer.buffer();
    private static final String EVENT_STREAM = "text/event-stream";

    private final Context context;
    private final long maxBytes;
    private final AtomicInteger waiting = new AtomicInteger();
    private final LinkedBlockingQueue<Part> parts = new LinkedBlockingQueue<>();
    private @Nullable HttpClientRequest request;
    private @Nullable HttpClientResponse response;
    private boolean held;
    private @Nullable Buffer whole;
    private long received;
    private boolean ended;
    private volatile boolean abandoned;

    /** What comes back, in order: one {@link Head}, then chunks and one end; or at any time a failure, the last part. */
    sealed interface Part {
        /** Status and headers, with the whole body unless it is an event stream. */
        record Head(
                int status,
                @Nullable String contentType,
                @Nullable String sessionId,
                Buffer body) implements Part {
            boolean isEventStream() {
                return contentType != null && contentType.startsWith(EVENT_STREAM);
            }
        }

        record Chunk(Buffer bytes) implements Part {}

        record End() implements Part {}

        record Failed(Refusal refusal) implements Part {}
    }

    private HttpExchange(Context context, long maxBytes) {
        this.context = context;
        this.maxBytes = maxBytes;
    }

    /** Sends a request whose options are shared and not changed. */
    static HttpExchange send(
            HttpLanes.Lane lane,
            HttpClient client,
            RequestOptions options,
            Consumer<HttpClientRequest> headers,
            byte[] body,
            long maxBytes) {
        HttpExchange exchange = new HttpExchange(lane.context(), maxBytes);
        lane.context().runOnContext(ignored -> exchange.open(client, options, headers, body));
        return exchange;
    }

    /**
     * Waits for the next part; a failure and a passed deadline are thrown as a {@link Refusal}.
     *
     * @param remainingNanos asked now and then, because the clock of a call may stand still
     */
    Part next(LongSupplier remainingNanos) {
        try {
            while (true) {
                long left = remainingNanos.getAsLong();
                Part part = parts.poll(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
                if (part instanceof Part.Failed failed) {
                    throw failed.refusal();
                }
                if (part != null) {
                    taken(part);
                    return part;
                }
                if (left <= LOOK_NANOS && remainingNanos.getAsLong() <= 0) {
                    throw Refusal.timeout("the upstream gave no answer in time");
                }
            }
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        }
    }

    private void taken(Part part) {
        if (part instanceof Part.Chunk(Buffer bytes)) {
            int left = waiting.addAndGet(-bytes.length());
            if (left < MOST_WAITING / 2 && left + bytes.length() >= MOST_WAITING / 2) {
                context.runOnContext(ignored -> goOn());
            }
        }
    }

    private void goOn() {
        if (held && response != null) {
            held = false;
            response.resume();
        }
    }

    /** Nobody reads on: resets the request, if there is any, without delay. From any thread. */
    void abandon() {
        abandoned = true;
        context.runOnContext(ignored -> reset());
    }

    /** Fails whoever waits, and resets. From any thread. */
    void fail(Refusal refusal) {
        parts.add(new Part.Failed(refusal));
        abandon();
    }

    /** Nobody reads on, but what is left may come for a moment, so that the connection stays of use. From any thread. */
    void drain() {
        abandoned = true;
        context.runOnContext(ignored -> {
            goOn();
            if (!ended) {
                context.owner().setTimer(DRAIN_MILLIS, timer -> reset());
            }
        });
    }

    private void open(HttpClient client, RequestOptions options, Consumer<HttpClientRequest> headers, byte[] body) {
        try {
            client.request(options).onComplete(opened -> {
                if (opened.succeeded()) {
                    write(opened.result(), headers, body);
                } else {
                    failed(opened.cause());
                }
            });
        } catch (RuntimeException e) {
            failed(e); // the client is closed
        }
    }

    private void write(HttpClientRequest opened, Consumer<HttpClientRequest> headers, byte[] body) {
        request = opened;
        // First of all: a request that is reset without a handler reports that to the log as an error.
        opened.exceptionHandler(this::failed);
        if (abandoned) {
            reset(); // the caller left while the request waited for a connection: nothing is sent
            return;
        }
        try {
            headers.accept(opened);
            (body.length == 0 ? opened.send() : opened.send(Buffer.buffer(body))).onComplete(answered -> {
                if (answered.succeeded()) {
                    receive(answered.result());
                } else {
                    failed(answered.cause());
                }
            });
        } catch (RuntimeException e) {
            failed(e); // a header the client does not take
            reset();
        }
    }

    private void receive(HttpClientResponse answered) {
        response = answered;
        Part.Head head = new Part.Head(
                answered.statusCode(), answered.getHeader("Content-Type"), answered.getHeader("Mcp-Session-Id"), EMPTY);
        boolean stream = head.isEventStream();
        if (stream) {
            parts.add(head);
        }
        answered.exceptionHandler(this::failed);
        answered.handler(chunk -> received(chunk, stream));
        answered.endHandler(ignored -> {
            ended = true;
            parts.add(stream ? new Part.End() : withBody(head));
        });
    }

    private void received(Buffer chunk, boolean stream) {
        received += chunk.length();
        if (received > maxBytes) {
            parts.add(new Part.Failed(Refusal.environmentFailed("the upstream sent more than " + maxBytes + " bytes")));
            reset();
        } else if (abandoned) {
            // Drained: what comes now is for nobody.
        } else if (stream) {
            parts.add(new Part.Chunk(chunk));
            if (waiting.addAndGet(chunk.length()) > MOST_WAITING && response != null) {
                held = true;
                response.pause();
                if (waiting.get() < MOST_WAITING / 2) { // taken meanwhile
                    goOn();
                }
            }
        } else {
            whole = whole == null ? chunk : whole.appendBuffer(chunk);
        }
    }

    private Part.Head withBody(Part.Head head) {
        return whole == null ? head : new Part.Head(head.status(), head.contentType(), head.sessionId(), whole);
    }

    private void failed(Throwable cause) {
        // Not its message, which may quote what the upstream said.
        LOG.log(
                System.Logger.Level.DEBUG,
                "upstream=failed cause=" + cause.getClass().getName());
        Refusal refusal = cause instanceof ConnectionPoolTooBusyException
                ? Refusal.of(OutcomeClass.INFRA_ERROR, "upstream.busy", "too many calls wait for the upstream")
                : Refusal.environmentFailed("the connection to the upstream failed");
        parts.add(new Part.Failed(refusal));
    }

    private void reset() {
        if (request != null && !ended) {
            ended = true;
            request.reset();
        }
    }
}
