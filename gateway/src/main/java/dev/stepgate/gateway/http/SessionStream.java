package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stepgate.adapter.Waits;
import dev.stepgate.gateway.session.EventLog;
import dev.stepgate.gateway.session.McpSession;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The agent's end of one request in a session. The answer is plain JSON unless something comes before it, or it takes long:
 * then it is a stream, whose events are kept for a client that loses the connection. A lost connection cancels nothing.
 */
final class SessionStream implements Downstream, SlowRequests.Slow {
    /** How long a person may think. */
    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(5);

    private final McpSession session;
    private final Wire wire;
    private final @Nullable JsonNode progressToken;
    private final Cancellation cancellation = new Cancellation();
    private final long startNanos = System.nanoTime();
    private @Nullable EventLog log;
    private @Nullable EventStream connected;
    private boolean finished;

    SessionStream(McpSession session, Wire wire, ObjectNode params) {
        this.session = session;
        this.wire = wire;
        JsonNode token = params.path("_meta").get("progressToken");
        this.progressToken = token != null && (token.isTextual() || token.isIntegralNumber()) ? token : null;
    }

    @Override
    public ObjectNode capabilities() {
        return session.capabilities();
    }

    @Override
    public boolean wantsProgress() {
        return progressToken != null && wire.takesEvents();
    }

    @Override
    public void tell(String method, @Nullable ObjectNode params) {
        if (!wire.takesEvents()) {
            return;
        }
        ObjectNode own = params;
        if (params != null && progressToken != null && method.equals("notifications/progress")) {
            own = params.deepCopy();
            own.set("progressToken", progressToken);
        }
        event(new JsonRpcMessage.Notification(method, own));
    }

    @Override
    public Map<String, Reply> ask(Map<String, Question> questions) {
        Map<String, Reply> answers = new HashMap<>();
        Map<String, McpSession.Question> open = new LinkedHashMap<>();
        questions.forEach((key, question) -> {
            boolean can = wire.takesEvents() && Questions.canAnswer(session.capabilities(), question);
            McpSession.Question asked = can ? session.ask().orElse(null) : null;
            if (asked == null) {
                answers.put(key, new Reply.Failure(NOT_SERVED, "the agent can not be asked this", null));
            } else {
                open.put(key, asked);
                ObjectNode params = Questions.ofSession(question, asked.id());
                event(new JsonRpcMessage.Request(TextNode.valueOf(asked.id()), question.method(), params));
            }
        });
        long end = System.nanoTime() + ANSWER_WITHIN.toNanos();
        try {
            open.forEach((key, asked) -> answers.put(key, await(asked, end)));
        } finally {
            open.values().forEach(session::forget);
        }
        return answers;
    }

    private Reply await(McpSession.Question asked, long end) {
        CompletableFuture<Reply> answer = asked.answer();
        Runnable forget = cancellation.add(() -> answer.completeExceptionally(Waits.cancelled()));
        try {
            return answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw Refusal.timeout("the agent gave no answer in time");
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Refusal refusal ? refusal : new IllegalStateException(e);
        } finally {
            forget.run();
        }
    }

    @Override
    public synchronized void pause(long retryMillis) {
        EventStream stream = connected;
        if (stream != null && log != null && primes()) {
            stream.retry(retryMillis);
            connected = null;
            log.attach(EventLog.Sink.NOBODY);
            stream.end();
        }
    }

    @Override
    public Runnable onCancel(Runnable action) {
        return cancellation.add(action);
    }

    void cancel() {
        cancellation.cancel();
    }

    @Override
    public long startNanos() {
        return startNanos;
    }

    /** Tells a client that waits long already that something is on its way. */
    @Override
    public void beginSoon() {
        if (wire.takesEvents()) {
            Thread.ofVirtual().name("begin-stream").start(this::begun);
        }
    }

    private void event(JsonRpcMessage message) {
        EventLog open = begun();
        if (open != null) {
            open.add(JsonRpcCodec.bytes(message));
        }
    }

    /** Answers with a stream, whatever comes. */
    void begin() {
        EventLog _ = begun();
    }

    private synchronized @Nullable EventLog begun() {
        EventLog open = log;
        if (open == null && !finished) {
            open = session.openStream();
            log = open;
            EventStream stream = wire.stream();
            connected = stream;
            if (primes()) {
                stream.prime(open.beginning());
            }
            EventLog.Sink sink = new StreamSink(stream);
            open.attach(sink);
            EventLog log = open;
            wire.onGone(() -> Thread.ofVirtual().start(() -> log.detach(sink)));
        }
        return open;
    }

    /** Older clients take an event without a message for a broken one. */
    private boolean primes() {
        return session.version().compareTo(ProtocolVersion.V2025_11_25) >= 0;
    }

    /** Answers, on the stream if there is one. */
    Answer finish(ObjectNode message) {
        EventLog open;
        synchronized (this) {
            finished = true;
            open = log;
        }
        if (open == null) {
            return Answer.json(200, message);
        }
        open.add(dev.stepgate.json.StrictJson.bytes(message));
        open.complete();
        return Answer.ELSEWHERE;
    }
}
