package dev.stepgate.adapter.stdio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpConversation;
import dev.stepgate.adapter.McpTransport;
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
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Matches answers on a child's standard output with the requests on its standard input. Thread-safe.
 *
 * <p>A late or unasked answer is dropped by its id, so a call that timed out leaves the others in step. A line that is no
 * JSON-RPC, a line over the limit, and the end of either stream are for good: then all waiting calls fail at once.
 */
final class MessagePump implements McpTransport {
    /** Requests of the server that are being answered at once. */
    private static final int MOST_QUESTIONS = 32;

    /** How often a waiting call looks whether its clock goes on. */
    private static final long LOOK_NANOS = Duration.ofMillis(500).toNanos();

    /** Older servers may say nothing at all before `initialize`; others take long to start on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final Duration THREADS_END_WITHIN = Duration.ofSeconds(1);

    private final StdioLimits limits;
    private final Limits json;
    private final LineReader lines;
    private final MessageWriter writer;
    private final Semaphore places;
    private final ConcurrentSkipListMap<Long, Pending> pending = new ConcurrentSkipListMap<>();
    private final Semaphore questions = new Semaphore(MOST_QUESTIONS);
    private volatile @Nullable Hearing background;
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final Thread readerThread;
    private final Thread writerThread;

    private final Runnable endChild;

    /** @param endChild ends the child and everything it started; idempotent, run by {@link #close()} */
    MessagePump(InputStream stdout, OutputStream stdin, Runnable endChild, StdioLimits limits) {
        this.endChild = endChild;
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

    @Override
    public boolean usable() {
        return failure.get() == null;
    }

    /** A request and who waits for its answer. */
    private record Pending(CompletableFuture<JsonRpcMessage> answer, Hearing hearing) {}

    @Override
    public JsonRpcMessage request(Outgoing request, Hearing hearing) {
        if (!(request.credential() instanceof Credential.None)) {
            throw new IllegalArgumentException("a child process takes no credential with a call");
        }
        requireUsable();
        Deadline deadline = new Deadline(System.nanoTime() + hearing.remainingNanos());
        Waits.requireTimeLeft(deadline);
        Waits.acquire(places, 1, deadline, "the upstream has too many calls to answer");
        long id = request.id();
        Pending call = new Pending(new CompletableFuture<>(), hearing);
        pending.put(id, call);
        Runnable forget = hearing.onCancel(() -> call.answer().completeExceptionally(Waits.cancelled()));
        try {
            requireUsable(); // again, now that whoever fails the pump sees this call
            Line line = writer.queue(JsonRpcCodec.bytes(request.message()), deadline);
            return await(call, () -> giveUp(request, line));
        } finally {
            forget.run();
            pending.remove(id);
            places.release();
        }
    }

    private static JsonRpcMessage await(Pending call, Runnable giveUp) {
        try {
            while (true) {
                long left = call.hearing().remainingNanos();
                if (left <= 0) {
                    giveUp.run();
                    throw Refusal.timeout("the upstream gave no answer in time");
                }
                try {
                    return call.answer().get(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
                } catch (TimeoutException again) {
                    // The time may have stood still meanwhile.
                }
            }
        } catch (InterruptedException e) {
            giveUp.run();
            throw Waits.interrupted();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refusal refusal) {
                if (refusal.outcome() == OutcomeClass.CANCELLED) {
                    giveUp.run();
                }
                throw refusal;
            }
            throw new IllegalStateException(e);
        }
    }

    private void giveUp(Outgoing request, Line line) {
        // The specification forbids to cancel `initialize`.
        if (!writer.takeBack(line) && !request.message().method().equals(McpMethod.INITIALIZE.wireName())) {
            writer.offer(JsonRpcCodec.bytes(McpConversation.cancelled(request.id())));
        }
    }

    @Override
    public void send(JsonRpcMessage message, Deadline deadline) {
        requireUsable();
        writer.queue(JsonRpcCodec.bytes(message), deadline);
    }

    @Override
    public void agreed(ProtocolVersion agreed) {
        // Lines look the same in every revision.
    }

    @Override
    public Duration patience() {
        return PATIENCE;
    }

    @Override
    public void listen(Hearing hearing) {
        background = hearing;
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
            Pending call = call(problem.id());
            if (call == null) {
                throw problem;
            }
            // Whose answer it was to be is known, so only that call is lost.
            call.answer().completeExceptionally(Refusal.environmentFailed("the upstream sent an answer that is none"));
        }
    }

    private void accept(JsonRpcMessage message) {
        switch (message) {
            case Result result -> complete(result.id(), result);
            case Error error -> complete(error.id(), error);
            case Request request -> question(request);
            case Notification notification -> {
                Hearing hearing = hearerOf(notification);
                if (hearing != null) {
                    hearing.told(notification);
                }
            }
        }
    }

    /** The streams of a child do not say which call a message belongs to, unless it holds a token or an id of ours. */
    private @Nullable Hearing hearerOf(Notification notification) {
        ObjectNode params = notification.params();
        if (params != null) {
            JsonNode ours = params.path("_meta").get(ModernMeta.SUBSCRIPTION_ID);
            Pending named = call(ours == null ? params.get("progressToken") : ours);
            if (named != null) {
                return named.hearing();
            }
        }
        return switch (notification.method()) {
            case "notifications/progress" -> null; // of a call that has ended
            case "notifications/message" -> {
                Hearing latest = latest();
                yield latest == null ? background : latest;
            }
            default -> background;
        };
    }

    /** Who made the last call that waits: with one call at a time, which is what most children see, the right one. */
    private @Nullable Hearing latest() {
        Map.Entry<Long, Pending> last = pending.lastEntry();
        return last == null ? null : last.getValue().hearing();
    }

    /** Answers on a thread of its own, because an agent may take its time, and the other answers must not wait. */
    private void question(Request request) {
        Hearing latest = latest();
        Hearing hearing = latest == null ? background : latest;
        if (hearing == null || !hearing.takesTime(request) || !questions.tryAcquire()) {
            writer.offer(JsonRpcCodec.bytes(McpConversation.answerTo(request)));
            return;
        }
        Thread.ofVirtual().name("stepgate-question").start(() -> {
            try {
                writer.offer(JsonRpcCodec.bytes(hearing.asked(request)));
            } catch (Refusal refusal) {
                writer.offer(JsonRpcCodec.bytes(McpConversation.unanswered(request, refusal)));
            } finally {
                questions.release();
            }
        });
    }

    private void complete(@Nullable JsonNode id, JsonRpcMessage answer) {
        Pending call = call(id);
        if (call != null) {
            call.answer().complete(answer);
        }
    }

    private @Nullable Pending call(@Nullable JsonNode id) {
        return id != null && id.isIntegralNumber() ? pending.get(id.longValue()) : null;
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
    private void fail(String reason) {
        failure.compareAndSet(null, reason);
        String first = String.valueOf(failure.get());
        pending.values().forEach(call -> call.answer().completeExceptionally(Refusal.environmentFailed(first)));
        writerThread.interrupt();
    }

    /** Ends the child first: only then do the pipes let go of threads that are blocked on them. */
    @Override
    public void close() {
        fail("the upstream was closed");
        endChild.run();
        join();
    }

    /** Waits for both threads, for a second at most. To be called when the child is gone and its pipes with it. */
    private void join() {
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
