package dev.stepgate.adapter.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpClient;
import dev.stepgate.adapter.McpConversation;
import dev.stepgate.adapter.McpTransport;
import dev.stepgate.adapter.Waits;
import dev.stepgate.adapter.http.HttpExchange.Part.Head;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcProblem;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries MCP over Streamable HTTP, with a session (2025-11-25) or without (2026-07-28, basic/transports). Many threads may
 * call at once; each request is one POST. An event stream that ends before its answer is taken up again where the server has
 * given it ids. A request that is given up is reset, and cancelled upstream where there is a session.
 */
public final class StreamableHttpMcp implements McpTransport {
    /** For messages that nobody waits for. */
    private static final Duration UNHURRIED = Duration.ofSeconds(5);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How often one request may take up its stream again. */
    private static final int MOST_RESUMES = 1_000;

    private static final String LISTEN = McpMethod.SUBSCRIPTIONS_LISTEN.wireName();

    private static final long BEGUN_MILLIS = 1_000;
    private static final long RETRY_MILLIS = 1_000;
    private static final long LONGEST_RETRY_MILLIS = 30_000;

    /** Requests of the server that are being answered at once. */
    private static final int MOST_QUESTIONS = 32;

    private final HttpLanes.Lane lane;
    private final HttpLimits limits;
    private final Set<HttpExchange> running = ConcurrentHashMap.newKeySet();
    private final Semaphore questions = new Semaphore(MOST_QUESTIONS);

    /** Of whoever connected: what belongs to no call. */
    private final Supplier<Credential> own;

    private volatile HttpSession session;

    /** A session that the server has opened, before its revision is agreed on. Of whoever opens it. */
    private @Nullable HttpSession opened;

    private volatile @Nullable String listensIn;
    private volatile boolean closed;

    private StreamableHttpMcp(HttpLanes.Lane lane, URI endpoint, HttpLimits limits, Supplier<Credential> own) {
        this.lane = lane;
        this.limits = limits;
        this.own = own;
        this.session = HttpSession.none(endpoint);
    }

    /**
     * Gets ready to talk with a server.
     *
     * @param lanes made with the same limits; they are shared and not closed with the adapter
     * @param endpoint an absolute http or https address
     * @param own attached to what belongs to no call: the session itself and {@code tools/list}; asked for each time
     * @param mostCapabilities what agents may be asked for at most
     * @param known the revision that the server was found to speak before, or null to find out
     * @throws Refusal when the upstream does not answer in time or not as MCP wants it
     */
    public static McpClient connect(
            HttpLanes lanes,
            URI endpoint,
            HttpLimits limits,
            Supplier<Credential> own,
            ObjectNode mostCapabilities,
            @Nullable ProtocolVersion known,
            Deadline deadline) {
        StreamableHttpMcp transport = new StreamableHttpMcp(lanes.next(), endpoint, limits, own);
        return McpClient.connect(transport, own, mostCapabilities, known, deadline);
    }

    @Override
    public void agreed(ProtocolVersion version) {
        HttpSession next = opened;
        opened = null;
        session = (next == null ? session : next).speaking(version);
    }

    @Override
    public JsonRpcMessage request(Outgoing request, Hearing hearing) {
        boolean opens = request.message().method().equals(McpMethod.INITIALIZE.wireName());
        // Others go on with the old session until the new one is agreed on.
        HttpSession current = opens ? HttpSession.none(session.endpoint()) : session;
        if (hearing.remainingNanos() <= 0) {
            throw Refusal.timeout("no time was left for the call");
        }
        HttpExchange exchange =
                post(current, request.credential(), request.mirrored(), JsonRpcCodec.bytes(request.message()));
        Attempt attempt = new Attempt(exchange);
        Runnable forget = hearing.onCancel(attempt::cancel);
        try {
            Head head = (Head) exchange.next(hearing::remainingNanos);
            if (head.status() == 404 && current.id() != null && !opens) {
                throw new SessionGone();
            }
            JsonRpcMessage answer = answer(attempt, head, current, request, hearing);
            if (opens) {
                opened = current.named(head.sessionId());
            }
            attempt.current().drain();
            return answer;
        } catch (JsonProblem | JsonRpcProblem e) {
            attempt.current().abandon();
            throw Refusal.environmentFailed("the upstream sent an answer that is no JSON-RPC message");
        } catch (Refusal refusal) {
            attempt.current().abandon();
            if (HttpAnswers.leavesCallRunning(refusal) && !opens && !current.isStateless()) {
                tell(current, JsonRpcCodec.bytes(McpConversation.cancelled(request.id())));
            }
            throw refusal;
        } catch (SessionGone gone) {
            attempt.current().abandon();
            throw gone;
        } finally {
            forget.run();
            running.remove(attempt.current());
        }
    }

    /** The connections that one request takes, one after the other; whoever cancels ends the one there is. */
    private final class Attempt {
        private volatile HttpExchange current;
        private volatile boolean cancelled;

        Attempt(HttpExchange first) {
            this.current = first;
        }

        HttpExchange current() {
            return current;
        }

        void goOn(HttpExchange next) {
            running.remove(current);
            current = next;
            if (cancelled) {
                next.fail(Waits.cancelled());
            }
        }

        void cancel() {
            cancelled = true;
            current.fail(Waits.cancelled());
        }
    }

    private JsonRpcMessage answer(Attempt attempt, Head head, HttpSession current, Outgoing request, Hearing hearing) {
        if (head.status() != 200 || !head.isEventStream()) {
            return HttpAnswers.plain(head, request.id());
        }
        EventAnswers events = new EventAnswers(
                limits.maxAnswerBytes(), request.id(), hearing, question -> question(current, question, hearing));
        JsonRpcMessage answer = events.read(attempt.current());
        for (int resumes = 0; answer == null; resumes++) {
            if (events.lastId() == null || current.isStateless() || resumes == MOST_RESUMES) {
                throw Refusal.environmentFailed("the upstream ended its stream without an answer");
            }
            hearing.paused(events.retryMillis(RETRY_MILLIS));
            rest(events, hearing);
            attempt.goOn(get(current, events.lastId(), false));
            Head again = (Head) attempt.current().next(hearing::remainingNanos);
            if (again.status() != 200 || !again.isEventStream()) {
                throw Refusal.environmentFailed("the upstream did not go on with its stream");
            }
            answer = events.read(attempt.current());
        }
        return answer;
    }

    private static void rest(EventAnswers events, Hearing hearing) {
        try {
            long millis = Math.min(events.retryMillis(RETRY_MILLIS), LONGEST_RETRY_MILLIS);
            Thread.sleep(Math.min(millis, Math.max(0, hearing.remainingNanos() / 1_000_000)));
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        }
    }

    /** Answers on a thread of its own: an agent may take its time, and the stream goes on meanwhile. */
    private void question(HttpSession current, Request question, Hearing hearing) {
        if (!hearing.takesTime(question) || !questions.tryAcquire()) {
            tell(current, JsonRpcCodec.bytes(McpConversation.answerTo(question)));
            return;
        }
        Thread.ofVirtual().name("stepgate-question").start(() -> {
            try {
                tell(current, JsonRpcCodec.bytes(hearing.asked(question)));
            } catch (Refusal refusal) {
                tell(current, JsonRpcCodec.bytes(McpConversation.unanswered(question, refusal)));
            } finally {
                questions.release();
            }
        });
    }

    @Override
    public void send(JsonRpcMessage message, Deadline deadline) {
        HttpExchange exchange = post(session, own.get(), Map.of(), JsonRpcCodec.bytes(message));
        try {
            HttpAnswers.requireAccepted((Head) exchange.next(deadline::remainingNanos));
            exchange.drain();
        } catch (Refusal refusal) {
            exchange.abandon();
            throw refusal;
        } finally {
            running.remove(exchange);
        }
    }

    /** Keeps the stream open on which a server with sessions says what belongs to no request, if it has one. */
    @Override
    public void listen(Hearing hearing) {
        HttpSession current = session;
        if (current.id() != null && current.id().equals(listensIn)) {
            return;
        }
        listensIn = current.id();
        CountDownLatch begun = new CountDownLatch(1);
        Thread.ofVirtual().name("stepgate-listen").start(() -> {
            EventAnswers events = new EventAnswers(
                    limits.maxAnswerBytes(), -1, hearing, question -> question(current, question, hearing));
            while (!closed && hasMore(current, events, begun)) {
                rest(events, hearing);
            }
        });
        try { // what a call makes the server say there must not be said before anybody listens
            boolean _ = begun.await(BEGUN_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        }
    }

    /** Reads one connection of that stream; false when the server has none. */
    private boolean hasMore(HttpSession current, EventAnswers events, CountDownLatch begun) {
        HttpExchange exchange = get(current, events.lastId(), true);
        try {
            // Some say nothing before there is something to say, not even that it is a stream.
            Head head = (Head) exchange.next(() -> Long.MAX_VALUE);
            begun.countDown();
            if (head.status() != 200 || !head.isEventStream()) {
                exchange.drain();
                return false;
            }
            JsonRpcMessage _ = events.read(exchange);
            return true;
        } catch (JsonProblem | JsonRpcProblem | Refusal broken) {
            begun.countDown();
            exchange.abandon();
            return true;
        } finally {
            running.remove(exchange);
        }
    }

    private HttpExchange get(HttpSession current, @Nullable String lastEventId, boolean lasts) {
        Credential attached = own.get();
        return send(HttpExchange.send(
                lane,
                lasts ? lane.listening() : lane.client(),
                current.options(HttpMethod.GET),
                request -> {
                    attach(request, attached);
                    if (lastEventId != null) {
                        request.putHeader("Last-Event-ID", lastEventId);
                    }
                },
                new byte[0],
                Long.MAX_VALUE));
    }

    private HttpExchange post(HttpSession current, Credential credential, Map<String, String> mirrored, byte[] body) {
        boolean lasts = LISTEN.equals(mirrored.get("Mcp-Method"));
        return send(HttpExchange.send(
                lane,
                lasts ? lane.listening() : lane.client(),
                current.options(),
                request -> {
                    mirrored.forEach(request::putHeader);
                    attach(request, credential);
                },
                body,
                lasts ? Long.MAX_VALUE : limits.maxAnswerBytes()));
    }

    private static void attach(io.vertx.core.http.HttpClientRequest request, Credential credential) {
        switch (credential) {
            case Credential.None _ -> {}
            case Credential.Header header ->
                request.putHeader(header.name(), header.value().reveal());
            case Credential.Arguments _ ->
                throw new IllegalStateException("arguments go into a call, not into a request");
        }
    }

    private HttpExchange send(HttpExchange exchange) {
        running.add(exchange);
        if (closed) { // only now: close() fails what is in `running`, or we do
            exchange.fail(Refusal.environmentFailed("the upstream was closed"));
        }
        return exchange;
    }

    /** Sends a message that nobody waits for, on a thread of its own. */
    private void tell(HttpSession current, byte[] message) {
        HttpExchange exchange = post(current, own.get(), Map.of(), message);
        running.remove(exchange);
        lane.context().owner().setTimer(UNHURRIED.toMillis(), timer -> exchange.abandon());
    }

    /** Every server answers a POST; one that does not is down, and not old. */
    @Override
    public Duration patience() {
        return PATIENCE;
    }

    @Override
    public boolean usable() {
        return !closed;
    }

    /** Fails all calls and ends the session upstream without waiting for its answer. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        running.forEach(exchange -> exchange.fail(Refusal.environmentFailed("the upstream was closed")));
        HttpSession last = session;
        if (last.id() != null) {
            Credential farewell = farewell();
            HttpExchange end = HttpExchange.send(
                    lane,
                    lane.client(),
                    last.options(HttpMethod.DELETE),
                    request -> attach(request, farewell),
                    new byte[0],
                    limits.maxAnswerBytes());
            lane.context().owner().setTimer(UNHURRIED.toMillis(), timer -> end.abandon());
        }
    }

    /** A session is ended without a credential where there is none any more. */
    private Credential farewell() {
        try {
            return own.get();
        } catch (Refusal gone) {
            return new Credential.None();
        }
    }
}
