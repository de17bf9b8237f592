package dev.stepgate.adapter.stdio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpConversation;
import dev.stepgate.adapter.Waits;
import dev.stepgate.adapter.stdio.LineReader.LineTooLong;
import dev.stepgate.adapter.stdio.MessageWriter.Line;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Error;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import dev.stepgate.mcp.JsonRpcProblem;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Matches answers on a child's standard output with the requests on its standard input. Thread-safe.
 *
 * <p>A late or unasked answer is dropped by its id, so a call that timed out leaves the others in step. A line that is no
 * JSON-RPC, a line over the limit, and the end of either stream are for good: then all waiting calls fail at once.
 */
final class MessagePump {
    private static final Duration THREADS_END_WITHIN = Duration.ofSeconds(1);

    private final StdioLimits limits;
    private final Limits json;
    private final LineReader lines;
    private final MessageWriter writer;
    private final Semaphore places;
    private final Map<Long, CompletableFuture<JsonRpcMessage>> pending = new ConcurrentHashMap<>();
    private final AtomicLong nextId = new AtomicLong(1);
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final Thread readerThread;
    private final Thread writerThread;

    MessagePump(InputStream stdout, OutputStream stdin, StdioLimits limits) {
        this.limits = limits;
        this.json = McpConversation.ANSWER.withMaxBytes(limits.maxLineBytes());
        this.lines = new LineReader(stdout, limits.maxLineBytes());
        this.writer = new MessageWriter(stdin, limits, () -> fail("the upstream takes no more calls"));
        this.places = new Semaphore(limits.maxPending(), true);
        this.readerThread =
                Thread.ofPlatform().daemon().name("stepgate-stdio-reader").unstarted(this::read);
        this.writerThread =
                Thread.ofPlatform().daemon().name("stepgate-stdio-writer").unstarted(writer);
    }

    void start() {
        readerThread.start();
        writerThread.start();
    }

    boolean usable() {
        return failure.get() == null;
    }

    /** Sends a request and waits for its answer; refuses with {@code env_error} or {@code timeout}. */
    JsonRpcMessage request(McpMethod method, ObjectNode params, Deadline deadline) {
        requireUsable();
        Waits.requireTimeLeft(deadline);
        Waits.acquire(places, 1, deadline, "the upstream has too many calls to answer");
        long id = nextId.getAndIncrement();
        CompletableFuture<JsonRpcMessage> answer = new CompletableFuture<>();
        pending.put(id, answer);
        try {
            requireUsable(); // again, now that whoever fails the pump sees this call
            byte[] message = JsonRpcCodec.bytes(new Request(LongNode.valueOf(id), method.wireName(), params));
            Line line = writer.queue(message, deadline);
            return await(answer, deadline, () -> giveUp(method, id, line));
        } finally {
            pending.remove(id);
            places.release();
        }
    }

    private static JsonRpcMessage await(CompletableFuture<JsonRpcMessage> answer, Deadline deadline, Runnable giveUp) {
        try {
            return answer.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            giveUp.run();
            throw Refusal.timeout("the upstream gave no answer in time");
        } catch (InterruptedException e) {
            giveUp.run();
            throw Waits.interrupted();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Refusal refusal ? refusal : new IllegalStateException(e);
        }
    }

    private void giveUp(McpMethod method, long id, Line line) {
        // The specification forbids to cancel `initialize`.
        if (!writer.takeBack(line) && method != McpMethod.INITIALIZE) {
            writer.offer(JsonRpcCodec.bytes(McpConversation.cancelled(id)));
        }
    }

    void notify(Notification notification, Deadline deadline) {
        requireUsable();
        writer.queue(JsonRpcCodec.bytes(notification), deadline);
    }

    private void requireUsable() {
        String reason = failure.get();
        if (reason != null) {
            throw Refusal.environmentFailed(reason);
        }
    }

    private void read() {
        try {
            byte[] line = lines.next();
            while (line != null && usable()) {
                accept(line);
                line = lines.next();
            }
            fail("the upstream has ended");
        } catch (LineTooLong e) {
            fail("the upstream sent a line longer than " + limits.maxLineBytes() + " bytes");
        } catch (IOException e) {
            fail("the upstream has ended");
        } catch (JsonProblem | JsonRpcProblem e) {
            fail("the upstream sent a line that is no JSON-RPC message");
        }
    }

    private void accept(byte[] line) {
        if (isBlank(line)) {
            return; // a line break too many is no sign of being out of step
        }
        JsonNode document = StrictJson.parse(line, json);
        try {
            accept(JsonRpcCodec.read(document));
        } catch (JsonRpcProblem problem) {
            CompletableFuture<JsonRpcMessage> call = call(problem.id());
            if (call == null) {
                throw problem;
            }
            // Whose answer it was to be is known, so only that call is lost.
            call.completeExceptionally(Refusal.environmentFailed("the upstream sent an answer that is none"));
        }
    }

    private void accept(JsonRpcMessage message) {
        switch (message) {
            case Result result -> complete(result.id(), result);
            case Error error -> complete(error.id(), error);
            case Request request -> writer.offer(JsonRpcCodec.bytes(McpConversation.answerTo(request)));
            case Notification _ -> {} // progress and logs have nowhere to go yet
        }
    }

    private void complete(@Nullable JsonNode id, JsonRpcMessage answer) {
        CompletableFuture<JsonRpcMessage> call = call(id);
        if (call != null) {
            call.complete(answer);
        }
    }

    private @Nullable CompletableFuture<JsonRpcMessage> call(@Nullable JsonNode id) {
        return id != null && id.isIntegralNumber() ? pending.remove(id.longValue()) : null;
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\r' && b != '\t') {
                return false;
            }
        }
        return true;
    }

    /** Makes the pump unusable and fails all waiting calls; the first reason stays. */
    void fail(String reason) {
        failure.compareAndSet(null, reason);
        String first = String.valueOf(failure.get());
        pending.values().forEach(call -> call.completeExceptionally(Refusal.environmentFailed(first)));
        writerThread.interrupt();
    }

    /** Waits for both threads, for a second at most. To be called when the child is gone and its pipes with it. */
    void join() {
        boolean interrupted = false;
        for (Thread thread : new Thread[] {readerThread, writerThread}) {
            try {
                thread.join(THREADS_END_WITHIN);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
