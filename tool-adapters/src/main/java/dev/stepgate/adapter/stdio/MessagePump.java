package dev.stepgate.adapter.stdio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carries JSON-RPC messages over a pair of streams, one JSON text a line. One virtual thread reads,
 * one writes; any thread may ask. An
 * answer finds its asker by id, so a late one can never be taken for another's: it is dropped.
 *
 * <p>The pump stops for good at the end of the stream, at a line that is no JSON-RPC message, and at one that is too long;
 * everybody who waits is told at once.
 */
final class MessagePump implements AutoCloseable {
    private static final int MAX_IN_FLIGHT = 64;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final LineReader input;
    private final OutputStream output;
    private final int maxLine;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonRpcMessage.Response>> pending = new ConcurrentHashMap<>();
    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT, true);
    private final BlockingQueue<byte[]> outgoing = new ArrayBlockingQueue<>(4 * MAX_IN_FLIGHT);
    private volatile @Nullable Refusal stopped;

    MessagePump(InputStream input, OutputStream output, int maxLine) {
        this.input = new LineReader(input, maxLine);
        this.output = output;
        this.maxLine = maxLine;
    }

    void start() {
        Thread.ofVirtual().name("mcp-stdio-reader").start(this::pump);
        Thread.ofVirtual().name("mcp-stdio-writer").start(this::write);
    }

    boolean isRunning() {
        return stopped == null;
    }

    /**
     * Sends a request and waits for its answer. Waits for a place among at most 64 requests in flight first.
     *
     * @throws Refusal {@code timeout} or {@code env_error}
     */
    JsonRpcMessage.Response ask(String method, ObjectNode params, Deadline deadline) {
        acquire(deadline);
        long id = ids.incrementAndGet();
        CompletableFuture<JsonRpcMessage.Response> answer = new CompletableFuture<>();
        pending.put(id, answer);
        try {
            refuseIfStopped();
            send(JsonRpcMessage.request(LongNode.valueOf(id), method, params));
            return answer.get(Math.max(deadline.remainingNanos(), 0), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            cancel(id);
            throw Refusal.timeout("the tool did not answer in time");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Refusal refusal) {
                throw refusal;
            }
            throw Refusal.environmentFailed("the upstream failed");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Refusal.environmentFailed("the call was interrupted");
        } finally {
            pending.remove(id);
            inFlight.release();
        }
    }

    void tell(String method) {
        send(JsonRpcMessage.notification(method, null));
    }

    private void acquire(Deadline deadline) {
        try {
            if (!inFlight.tryAcquire(Math.max(deadline.remainingNanos(), 0), TimeUnit.NANOSECONDS)) {
                throw Refusal.timeout("too many calls were waiting for this environment");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Refusal.environmentFailed("the call was interrupted");
        }
    }

    private void cancel(long id) {
        ObjectNode params = NODES.objectNode().put("requestId", id).put("reason", "deadline");
        try {
            send(JsonRpcMessage.notification("notifications/cancelled", params));
        } catch (Refusal gone) {
            // There is nobody left to tell.
        }
    }

    /**
     * Hands one message to the writer and never waits: a program that does not read its input blocks the writer alone, and
     * its callers go on to their deadlines.
     */
    private void send(ObjectNode message) {
        byte[] text = StrictJson.bytes(message);
        byte[] line = Arrays.copyOf(text, text.length + 1);
        line[text.length] = '\n';
        if (!outgoing.offer(line)) {
            throw stop("the upstream does not read what it is sent");
        }
    }

    private void write() {
        try {
            while (stopped == null) {
                byte[] line = outgoing.take();
                if (line.length > 0) {
                    output.write(line);
                    output.flush();
                }
            }
        } catch (IOException broken) {
            stop("the upstream ended");
        } catch (InterruptedException interrupted) {
            stop("the environment was ended");
        }
    }

    private void pump() {
        try {
            while (stopped == null) {
                byte[] line = input.next();
                if (input.ended()) {
                    stop("the upstream ended");
                } else if (line.length > 0) {
                    receive(StrictJson.LENIENT_NUMBERS.parse(line, maxLine));
                }
            }
        } catch (JsonProblem garbage) {
            stop("the upstream wrote something that is no message");
        } catch (IOException failed) {
            stop("the upstream's output ended or passed its limit");
        }
    }

    private void receive(JsonNode tree) {
        switch (JsonRpcMessage.read(tree)) {
            case JsonRpcMessage.Response response -> {
                CompletableFuture<JsonRpcMessage.Response> asker =
                        pending.remove(response.id().asLong(-1));
                if (asker != null) {
                    asker.complete(response);
                }
            }
            case JsonRpcMessage.Request request -> answer(request);
            case JsonRpcMessage.Notification _ -> {}
            case JsonRpcMessage.Malformed _ -> stop("the upstream wrote something that is no message");
        }
    }

    /** We offer an upstream no client features, so all it may ask is whether we are there. */
    private void answer(JsonRpcMessage.Request request) {
        ObjectNode answer = request.method().equals("ping")
                ? JsonRpcMessage.result(request.id(), NODES.objectNode())
                : JsonRpcMessage.error(request.id(), JsonRpcMessage.METHOD_NOT_FOUND, "Method not found", null);
        try {
            send(answer);
        } catch (Refusal gone) {
            // The reader finds out by itself.
        }
    }

    private void refuseIfStopped() {
        Refusal reason = stopped;
        if (reason != null) {
            throw reason;
        }
    }

    private Refusal stop(String reason) {
        Refusal first = stopped;
        if (first == null) {
            first = Refusal.environmentFailed(reason);
            stopped = first;
        }
        for (CompletableFuture<JsonRpcMessage.Response> asker : pending.values()) {
            asker.completeExceptionally(first);
        }
        // An empty line wakes the writer to see that it is over; a full queue means that it is awake or stuck anyway.
        if (!outgoing.offer(new byte[0])) {
            outgoing.clear();
        }
        return first;
    }

    @Override
    public void close() {
        stop("the environment was ended");
    }
}
