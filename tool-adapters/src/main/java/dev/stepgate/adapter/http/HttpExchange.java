package dev.stepgate.adapter.http;

import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request and its whole answer. The event loop collects the bytes up to a limit; the calling thread waits until its
 * deadline and then resets the request, so that no late answer is ever read.
 */
final class HttpExchange {
    /** The largest answer that is taken, in bytes. */
    static final int MAX_ANSWER = 16 * 1024 * 1024;

    private final CompletableFuture<Answer> done = new CompletableFuture<>();
    private final AtomicReference<@Nullable HttpClientRequest> sent = new AtomicReference<>();
    private final String wantedEvent;

    /** The parts of an answer that are looked at. */
    record Answer(
            int status,
            @Nullable String contentType,
            @Nullable String session,
            byte[] body) {}

    private HttpExchange(String wantedEvent) {
        this.wantedEvent = wantedEvent;
    }

    /**
     * Sends a body and waits.
     *
     * @param answerId the JSON text of the id whose answer ends an event stream
     * @throws Refusal {@code env_error} when the upstream cannot be reached or breaks off, {@code timeout}
     */
    static Answer send(HttpClient client, RequestOptions options, byte[] body, String answerId, Deadline deadline) {
        HttpExchange exchange = new HttpExchange(answerId);
        client.request(options)
                .onFailure(exchange::failed)
                .onSuccess(request -> exchange.write(request, Buffer.buffer(body)));
        return exchange.await(deadline);
    }

    private void write(HttpClientRequest request, Buffer body) {
        if (done.isDone()) {
            request.reset();
            return;
        }
        sent.set(request);
        request.response().onFailure(this::failed).onSuccess(this::read);
        request.exceptionHandler(this::failed);
        request.end(body);
    }

    private void read(HttpClientResponse response) {
        Buffer received = Buffer.buffer();
        String type = response.getHeader("Content-Type");
        boolean events = type != null && type.startsWith("text/event-stream");
        SseReader reader = new SseReader(wantedEvent);
        response.exceptionHandler(this::failed);
        response.handler(chunk -> {
            received.appendBuffer(chunk);
            if (received.length() > MAX_ANSWER) {
                failed(new IllegalStateException("too large"));
                reset();
            } else if (events) {
                byte[] answer = reader.read(chunk.getBytes());
                if (answer != null) {
                    // The rest of the stream can only be notifications that nobody here would hear.
                    complete(response, "application/json", answer);
                    reset();
                }
            }
        });
        response.endHandler(_ -> complete(response, type, received.getBytes()));
    }

    private void complete(HttpClientResponse response, @Nullable String type, byte[] body) {
        done.complete(new Answer(response.statusCode(), type, response.getHeader("Mcp-Session-Id"), body));
    }

    private void failed(Throwable cause) {
        done.completeExceptionally(Refusal.environmentFailed("the upstream cannot be reached or broke off"));
    }

    private void reset() {
        HttpClientRequest request = sent.get();
        if (request != null) {
            request.reset();
        }
    }

    private Answer await(Deadline deadline) {
        try {
            return done.get(Math.max(deadline.remainingNanos(), 0), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            done.cancel(false);
            reset();
            throw Refusal.timeout("the tool did not answer in time");
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof Refusal refusal
                    ? refusal
                    : Refusal.environmentFailed("the upstream failed");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            reset();
            throw Refusal.environmentFailed("the call was interrupted");
        }
    }
}
