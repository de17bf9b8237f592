package dev.stepgate.adapter.http;

import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpConversation;
import dev.stepgate.adapter.Waits;
import dev.stepgate.adapter.http.HttpExchange.Part.Head;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcProblem;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Speaks MCP over Streamable HTTP (2025-11-25, basic/transports) in one session. Many threads may call at once; each call is
 * one POST.
 *
 * <p>A session that the upstream no longer knows (404, answered before a call is looked at) is opened again once and the call
 * sent again. Nothing else is ever repeated. A call that timed out is reset and cancelled upstream.
 */
public final class StreamableHttpMcpAdapter implements ToolAdapter {
    /** For messages that nobody waits for. */
    private static final Duration UNHURRIED = Duration.ofSeconds(5);

    private final HttpLanes.Lane lane;
    private final HttpLimits limits;
    private final URI endpoint;

    private final AtomicLong nextId = new AtomicLong(1);
    private final Set<HttpExchange> running = ConcurrentHashMap.newKeySet();
    private final ReentrantLock renewal = new ReentrantLock();

    /** Of whoever connected: `tools/list` and the session itself belong to no call. */
    private final Credential own;

    private volatile HttpSession session;
    private volatile boolean closed;

    private StreamableHttpMcpAdapter(HttpLanes.Lane lane, URI endpoint, HttpLimits limits, Credential own) {
        this.lane = lane;
        this.endpoint = endpoint;
        this.limits = limits;
        this.own = own;
        this.session = HttpSession.none(endpoint);
    }

    /**
     * Opens a session.
     *
     * @param lanes made with the same limits; they are shared and not closed with the adapter
     * @param endpoint an absolute http or https address
     * @param own attached to what belongs to no call: the session itself and {@code tools/list}
     * @throws Refusal when the upstream does not answer in time or not as MCP wants it
     */
    public static StreamableHttpMcpAdapter connect(
            HttpLanes lanes, URI endpoint, HttpLimits limits, Credential own, Deadline deadline) {
        StreamableHttpMcpAdapter adapter = new StreamableHttpMcpAdapter(lanes.next(), endpoint, limits, own);
        adapter.session = adapter.open(deadline);
        return adapter;
    }

    private HttpSession open(Deadline deadline) {
        long id = nextId.getAndIncrement();
        byte[] body = message(id, McpMethod.INITIALIZE, McpConversation.initializeParams());
        Answered answered = post(HttpSession.none(endpoint), own, id, body, deadline);
        HttpSession opened =
                HttpSession.of(endpoint, answered.head().sessionId(), McpConversation.negotiated(answered.message()));
        HttpExchange exchange = send(opened, own, JsonRpcCodec.bytes(McpConversation.initialized()));
        try {
            HttpAnswers.requireAccepted((Head) exchange.next(deadline));
            exchange.drain();
        } catch (Refusal refusal) {
            exchange.abandon();
            throw refusal;
        } finally {
            running.remove(exchange);
        }
        return opened;
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        return McpConversation.allTools(params -> request(McpMethod.TOOLS_LIST, params, own, deadline));
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline) {
        return McpConversation.observation(
                request(McpMethod.TOOLS_CALL, McpConversation.callParams(call), credential, deadline));
    }

    private JsonRpcMessage request(McpMethod method, ObjectNode params, Credential credential, Deadline deadline) {
        HttpSession current = session;
        long id = nextId.getAndIncrement();
        byte[] body = message(id, method, params);
        try {
            return post(current, credential, id, body, deadline).message();
        } catch (SessionGone gone) {
            return repeated(renewed(current, deadline), credential, id, body, deadline);
        }
    }

    private JsonRpcMessage repeated(
            HttpSession renewed, Credential credential, long id, byte[] body, Deadline deadline) {
        try {
            return post(renewed, credential, id, body, deadline).message();
        } catch (SessionGone again) {
            throw Refusal.environmentFailed("the upstream forgets its sessions");
        }
    }

    /** The session after {@code gone}; however many calls ask, it is opened once. */
    private HttpSession renewed(HttpSession gone, Deadline deadline) {
        try {
            if (!renewal.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw Refusal.timeout("the upstream gave no answer in time");
            }
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        }
        try {
            if (Objects.equals(session.id(), gone.id())) {
                session = open(deadline);
            }
            return session;
        } finally {
            renewal.unlock();
        }
    }

    private static byte[] message(long id, McpMethod method, ObjectNode params) {
        return JsonRpcCodec.bytes(new Request(LongNode.valueOf(id), method.wireName(), params));
    }

    /** An answer and the head it came with. */
    private record Answered(Head head, JsonRpcMessage message) {}

    private Answered post(HttpSession current, Credential credential, long id, byte[] body, Deadline deadline) {
        Waits.requireTimeLeft(deadline);
        HttpExchange exchange = send(current, credential, body);
        try {
            Head head = (Head) exchange.next(deadline);
            if (head.status() == 404 && current.id() != null) {
                exchange.abandon();
                throw new SessionGone();
            }
            return new Answered(head, answer(exchange, head, current, id, deadline));
        } catch (JsonProblem | JsonRpcProblem e) {
            exchange.abandon();
            throw Refusal.environmentFailed("the upstream sent an answer that is no JSON-RPC message");
        } catch (Refusal refusal) {
            exchange.abandon();
            if (HttpAnswers.leavesCallRunning(refusal) && current.isOpen()) {
                tell(current, JsonRpcCodec.bytes(McpConversation.cancelled(id)));
            }
            throw refusal;
        } finally {
            running.remove(exchange);
        }
    }

    private JsonRpcMessage answer(HttpExchange exchange, Head head, HttpSession current, long id, Deadline deadline) {
        if (head.status() != 200 || !head.isEventStream()) {
            return HttpAnswers.plain(head, id);
        }
        JsonRpcMessage message = streamed(exchange, current, id, deadline);
        exchange.drain();
        return message;
    }

    private JsonRpcMessage streamed(HttpExchange exchange, HttpSession current, long id, Deadline deadline) {
        EventAnswers answers = new EventAnswers(
                limits.maxAnswerBytes(),
                id,
                request -> tell(current, JsonRpcCodec.bytes(McpConversation.answerTo(request))));
        while (true) {
            JsonRpcMessage answer = answers.after(exchange.next(deadline));
            if (answer != null) {
                return answer;
            }
        }
    }

    private HttpExchange send(HttpSession current, Credential credential, byte[] body) {
        HttpExchange exchange = HttpExchange.send(
                lane,
                current.options(),
                request -> {
                    if (credential instanceof Credential.Header header) {
                        request.putHeader(header.name(), header.value().reveal());
                    }
                },
                body,
                limits.maxAnswerBytes());
        running.add(exchange);
        if (closed) { // only now: close() fails what is in `running`, or we do
            exchange.fail(Refusal.environmentFailed("the upstream was closed"));
        }
        return exchange;
    }

    /** Sends a message that nobody waits for, on a thread of its own. */
    private void tell(HttpSession current, byte[] message) {
        HttpExchange exchange = send(current, own, message);
        running.remove(exchange);
        lane.context().owner().setTimer(UNHURRIED.toMillis(), timer -> exchange.abandon());
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
            HttpExchange end = HttpExchange.send(
                    lane, last.options(HttpMethod.DELETE), request -> {}, new byte[0], limits.maxAnswerBytes());
            lane.context().owner().setTimer(UNHURRIED.toMillis(), timer -> end.abandon());
        }
    }

    /** The upstream no longer knows the session, and so did not look at the message. */
    private static final class SessionGone extends RuntimeException {
        private static final long serialVersionUID = 1;

        SessionGone() {
            super("session gone", null, false, false);
        }
    }
}
