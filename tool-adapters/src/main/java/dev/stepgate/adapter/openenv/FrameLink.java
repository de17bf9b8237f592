package dev.stepgate.adapter.openenv;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.Waits;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import io.vertx.core.http.ClientWebSocket;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One {@code /ws} socket: one request at a time, in the order of arrival, and its answer. The protocol has no ids, so whatever
 * puts question and answer out of step ends the socket for good: a request that was given up, a frame that nobody asked for,
 * an answer of another kind.
 *
 * <p>The event loop hands frames over unread; the calling thread parses them.
 */
final class FrameLink {
    /** After these the server closes the session. */
    private static final Set<String> FATAL = Set.of("CAPACITY_REACHED", "FACTORY_ERROR", "SESSION_ERROR");

    private static final int LONGEST_TOLD = 500;
    private static final int LONGEST_UNASKED = 16 * 1024;

    private final ClientWebSocket socket;
    private final OpenEnvLimits limits;
    private final Semaphore turn = new Semaphore(1, true);
    private final AtomicReference<@Nullable CompletableFuture<String>> awaited = new AtomicReference<>();
    private final AtomicReference<@Nullable Refusal> broken = new AtomicReference<>();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

    /** What a request came to. */
    sealed interface Reply {
        /** The {@code data} of an answer of the expected type. */
        record Data(ObjectNode data) implements Reply {}

        /** An error after which the session goes on. */
        record Failed(String code, String message) implements Reply {}
    }

    private FrameLink(ClientWebSocket socket, OpenEnvLimits limits) {
        this.socket = socket;
        this.limits = limits;
    }

    /** Opens a session; each socket has an environment of its own. */
    static FrameLink open(OpenEnvTransport transport, OpenEnvEndpoint endpoint, Deadline deadline) {
        Waits.requireTimeLeft(deadline);
        ClientWebSocket socket = transport.webSocket(endpoint);
        FrameLink link = new FrameLink(socket, transport.limits());
        socket.textMessageHandler(link::received);
        socket.binaryMessageHandler(frame -> link.fail(Refusal.environmentFailed("the upstream sent a binary frame")));
        socket.exceptionHandler(failure -> link.fail(Refusal.environmentFailed("the upstream broke its socket")));
        socket.closeHandler(ignored -> {
            link.fail(Refusal.environmentFailed("the upstream closed its socket"));
            link.closed.complete(null);
        });
        try {
            transport.connect(socket, endpoint, deadline);
            return link;
        } catch (Refusal refusal) {
            link.broken.compareAndSet(null, refusal);
            link.closeIfOpen();
            throw refusal;
        }
    }

    private void closeIfOpen() {
        try {
            socket.close();
        } catch (IllegalStateException notConnected) {
            // It was given up while it opened: the transport closes it if it still does.
        }
    }

    /**
     * Sends a request and waits for its answer.
     *
     * @param type the type that the answer must have
     * @throws Refusal when there is none in time or the socket is of no more use
     */
    Reply ask(ObjectNode request, String type, Deadline deadline) {
        byte[] bytes = StrictJson.bytes(request);
        if (bytes.length > limits.maxRequestBytes()) {
            throw Refusal.ofArgument(
                    "args.size",
                    "the call is longer than the " + limits.maxRequestBytes() + " bytes it may have",
                    null);
        }
        Waits.requireTimeLeft(deadline);
        Waits.acquire(turn, 1, deadline, "the upstream is busy");
        try {
            return answer(exchange(new String(bytes, UTF_8), deadline), type);
        } finally {
            turn.release();
        }
    }

    private String exchange(String request, Deadline deadline) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        awaited.set(answer);
        Refusal gone = broken.get(); // only now: fail() ends what is awaited, or we do
        if (gone != null) {
            throw gone;
        }
        socket.writeTextMessage(request)
                .onFailure(failure -> fail(Refusal.environmentFailed("the upstream closed its socket")));
        try {
            return answer.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            fail(Refusal.environmentFailed("the upstream was left because it gave no answer in time"));
            throw Refusal.timeout("the upstream gave no answer in time");
        } catch (InterruptedException e) {
            fail(Refusal.environmentFailed("the upstream was left in the middle of a call"));
            throw Waits.interrupted();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Refusal refusal ? refusal : new IllegalStateException(e);
        }
    }

    private Reply answer(String text, String type) {
        JsonNode frame;
        try {
            frame = StrictJson.parse(text.getBytes(UTF_8), Limits.FRAME.withMaxBytes(limits.maxAnswerBytes()));
        } catch (JsonProblem malformed) {
            throw broken("the upstream sent a frame that is no JSON");
        }
        if (text.contains("NaN") || text.contains("Infinity")) {
            Finite.makeSo(frame);
        }
        if (!(frame.get("data") instanceof ObjectNode data)) {
            throw broken("the upstream sent a frame without data");
        }
        String came = frame.path("type").asText("");
        if (came.equals(type)) {
            return new Reply.Data(data);
        }
        if (!came.equals("error")) {
            throw broken("the upstream answered with a frame of another type");
        }
        String code = data.path("code").asText("");
        if (FATAL.contains(code)) {
            throw broken("the upstream ended the session: " + code);
        }
        return new Reply.Failed(code, message(data));
    }

    private static String message(ObjectNode data) {
        StringBuilder text = new StringBuilder(data.path("message").asText("the environment failed"));
        for (JsonNode error : data.path("errors")) {
            text.append("; ")
                    .append(error.path("loc").toString())
                    .append(' ')
                    .append(error.path("msg").asText());
        }
        return text.length() > LONGEST_TOLD ? text.substring(0, LONGEST_TOLD) + "…" : text.toString();
    }

    /** Ends the socket because of what came on it. */
    Refusal broken(String reason) {
        Refusal refusal = Refusal.environmentFailed(reason);
        fail(refusal);
        return refusal;
    }

    private void received(String text) {
        CompletableFuture<String> answer = awaited.getAndSet(null);
        if (answer != null) {
            answer.complete(text);
        } else {
            fail(Refusal.environmentFailed(fatalCode(text)
                    .map("the upstream ended the session: "::concat)
                    .orElse("the upstream spoke unasked")));
        }
    }

    /** A server that is full says so before it is asked; the frame is small, so the event loop may read it. */
    private static java.util.Optional<String> fatalCode(String text) {
        return text.length() > LONGEST_UNASKED
                ? java.util.Optional.empty()
                : FATAL.stream()
                        .filter(code -> text.contains("\"" + code + "\""))
                        .findFirst();
    }

    /** The first reason stays; who waits is told it at once. */
    private void fail(Refusal reason) {
        if (!broken.compareAndSet(null, reason)) {
            return;
        }
        CompletableFuture<String> answer = awaited.getAndSet(null);
        if (answer != null) {
            answer.completeExceptionally(reason);
        }
        closeIfOpen();
    }

    boolean usable() {
        return broken.get() == null;
    }

    /**
     * Ends the session and waits, for a bounded time, until the server has: its slot is free then for the next. Safe to call
     * twice.
     */
    void close() {
        if (turn.tryAcquire()) {
            try {
                if (usable()) {
                    leave();
                }
            } finally {
                turn.release();
            }
        }
        fail(Refusal.environmentFailed("the upstream was closed"));
    }

    private void leave() {
        awaited.set(new CompletableFuture<>()); // whatever comes now is no answer to anybody
        ObjectNode close = JsonNodeFactory.instance.objectNode().put("type", "close");
        socket.writeTextMessage(new String(StrictJson.bytes(close), UTF_8));
        try {
            closed.get(limits.closeTimeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException silent) {
            // Its connection is cut below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
