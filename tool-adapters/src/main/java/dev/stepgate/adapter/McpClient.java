package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpTransport.Hearing;
import dev.stepgate.adapter.McpTransport.Outgoing;
import dev.stepgate.adapter.McpTransport.SessionGone;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Downstream.Question;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import dev.stepgate.tool.ServerFeatures;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Speaks MCP as a client, in the revision that the server speaks: with a session from {@code initialize} on, or statelessly
 * (2026-07-28). Which one is found out once, by {@code server/discover}, unless the caller knows.
 *
 * <p>Whatever the server speaks, the agent's end is the same {@link Downstream}: a stateless server's {@code input_required}
 * and a request of one with sessions are both questions. Nothing is sent twice, but for a message that a server did not look
 * at because it had forgotten its session.
 */
public final class McpClient implements ToolAdapter {
    /** How often a stateless server may ask for more input within one request. */
    static final int MOST_ROUNDS = 32;

    private final McpTransport transport;
    private final Supplier<Credential> own;
    private final ObjectNode mostCapabilities;
    private final Set<String> questions;
    private final AtomicLong nextId = new AtomicLong(1);
    private final AtomicLong nextCall = new AtomicLong();
    private final ConcurrentSkipListMap<Long, Waiting> calls = new ConcurrentSkipListMap<>();
    private final ReentrantLock renewal = new ReentrantLock();
    private final StatelessListening listening;
    private final AtomicLong renewals = new AtomicLong();
    private volatile ProtocolVersion version = ProtocolVersion.NEWEST_WITH_SESSIONS;
    private volatile ServerFeatures features = ServerFeatures.TOOLS_ONLY;
    private volatile @Nullable String logLevel;
    private volatile @Nullable BiConsumer<String, ObjectNode> listener;

    private McpClient(McpTransport transport, Supplier<Credential> own, ObjectNode mostCapabilities) {
        this.transport = transport;
        this.own = own;
        this.mostCapabilities = mostCapabilities;
        this.questions = McpConversation.questionsFor(mostCapabilities);
        this.listening = new StatelessListening(this::keepListening);
    }

    /**
     * Gets ready to talk; ends the transport when that fails.
     *
     * @param own attached to what belongs to no call; asked for each time
     * @param mostCapabilities what agents may be asked for at most, as MCP's {@code ClientCapabilities}
     * @param known the revision that this server was found to speak before, or null to find out
     * @throws Refusal when the server does not answer in time or not as MCP wants it
     */
    public static McpClient connect(
            McpTransport transport,
            Supplier<Credential> own,
            ObjectNode mostCapabilities,
            @Nullable ProtocolVersion known,
            Deadline deadline) {
        McpClient client = new McpClient(transport, own, mostCapabilities);
        try {
            boolean stateless = known == null ? client.discovers(deadline) : known.isStateless();
            if (!stateless) {
                client.initialize(deadline);
            } else if (known != null) {
                client.become(known);
                client.discover(deadline);
            }
            return client;
        } catch (RuntimeException failed) {
            client.close();
            throw failed;
        }
    }

    /** The revision that is spoken. */
    public ProtocolVersion version() {
        return version;
    }

    private void become(ProtocolVersion agreed) {
        version = agreed;
        transport.agreed(agreed);
    }

    /** Whether the server is stateless. Silence and every other answer than that of one mean that it is not. */
    private boolean discovers(Deadline deadline) {
        become(ProtocolVersion.NEWEST);
        boolean is;
        try {
            is = discover(deadline.atMost(transport.patience()));
        } catch (Refusal | SessionGone silent) {
            is = false;
        }
        if (!is) {
            Waits.requireTimeLeft(deadline);
        }
        return is;
    }

    private boolean discover(Deadline deadline) {
        JsonRpcMessage answer = askToDiscover(deadline);
        if (McpConversation.speaksAfterAll(answer)) {
            answer = askToDiscover(deadline);
        }
        if (answer instanceof Result(JsonNode _, ObjectNode result)
                && McpConversation.lists(result.path("supportedVersions"), ProtocolVersion.NEWEST)) {
            features = McpConversation.features(result, ProtocolVersion.NEWEST);
            return true;
        }
        return false;
    }

    private JsonRpcMessage askToDiscover(Deadline deadline) {
        return ask(
                McpMethod.SERVER_DISCOVER.wireName(),
                McpConversation.empty(),
                own.get(),
                waiting(deadline, Downstream.NOBODY));
    }

    private void initialize(Deadline deadline) {
        Waiting waiting = waiting(deadline, Downstream.NOBODY);
        JsonRpcMessage answer = transport.request(
                outgoing(
                        McpMethod.INITIALIZE.wireName(),
                        McpConversation.initializeParams(mostCapabilities),
                        own.get(),
                        Map.of()),
                waiting);
        become(McpConversation.negotiated(answer));
        features = McpConversation.features(((Result) answer).result(), version);
        transport.send(McpConversation.initialized(), deadline);
        if (!questions.isEmpty()) {
            transport.listen(background()); // some servers ask there what belongs to a call
        }
    }

    private Waiting waiting(Deadline deadline, Downstream downstream) {
        return new Waiting(deadline, downstream, questions);
    }

    @Override
    public ServerFeatures features() {
        return features;
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        return McpConversation.allTools(
                params -> request(McpMethod.TOOLS_LIST.wireName(), params, own.get(), deadline, Downstream.NOBODY));
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline, Downstream downstream) {
        Reply reply = exchange(
                McpMethod.TOOLS_CALL.wireName(),
                McpConversation.callParams(call),
                call.headers(),
                credential,
                waiting(deadline, downstream),
                downstream);
        return McpConversation.observation(reply);
    }

    @Override
    public Reply request(
            String method, ObjectNode params, Credential credential, Deadline deadline, Downstream downstream) {
        if (version.isStateless()) {
            switch (method) {
                case "ping" -> {
                    return new Reply.Result(McpConversation.empty());
                }
                case "logging/setLevel" -> {
                    logLevel = params.path("level").asText("info");
                    return new Reply.Result(McpConversation.empty());
                }
                case "resources/subscribe" -> {
                    listening.add(params.path("uri").asText(""));
                    listening.awaitAcknowledged(deadline.atMost(McpConversation.PROBE));
                    return new Reply.Result(McpConversation.empty());
                }
                case "resources/unsubscribe" -> {
                    listening.remove(params.path("uri").asText(""));
                    return new Reply.Result(McpConversation.empty());
                }
                default -> {}
            }
        }
        return exchange(method, params, Map.of(), credential, waiting(deadline, downstream), downstream);
    }

    /** One request with as many rounds as a stateless server needs. */
    private Reply exchange(
            String method,
            ObjectNode params,
            Map<String, JsonNode> headers,
            Credential credential,
            Waiting waiting,
            Downstream downstream) {
        long key = nextCall.getAndIncrement();
        calls.put(key, waiting);
        try {
            return rounds(method, params, headers, credential, waiting, downstream);
        } finally {
            calls.remove(key);
        }
    }

    private Reply rounds(
            String method,
            ObjectNode params,
            Map<String, JsonNode> headers,
            Credential credential,
            Waiting waiting,
            Downstream downstream) {
        ObjectNode sent = version.isStateless() ? McpConversation.answered(params, downstream.answers()) : params;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Map<String, String> mirrored =
                    version.isStateless() ? MirroredHeaders.of(method, params, headers) : Map.of();
            JsonRpcMessage answer = ask(method, sent, credential, waiting, downstream, mirrored);
            if (!McpConversation.wantsInput(answer)) {
                Map<String, Question> visits = visits(answer, downstream);
                if (visits.isEmpty() || !McpConversation.areMade(waiting.ask(visits))) {
                    return McpConversation.reply(answer);
                }
                continue;
            }
            ObjectNode asked = ((Result) answer).result();
            Map<String, Reply> answers = waiting.ask(McpConversation.questions(asked));
            sent = McpConversation.retried(params, asked, answers);
        }
        throw Refusal.environmentFailed("the upstream asked for input more than " + MOST_ROUNDS + " times");
    }

    /** What the agent is asked to visit, where its revision does not know the error that says so. */
    private Map<String, Question> visits(JsonRpcMessage answer, Downstream downstream) {
        boolean asks = !version.isStateless()
                && !downstream.takesVisitError()
                && questions.contains(McpMethod.ELICITATION_CREATE.wireName());
        return asks ? McpConversation.visits(answer) : Map.of();
    }

    private JsonRpcMessage ask(String method, ObjectNode params, Credential credential, Waiting waiting) {
        return ask(
                method,
                params,
                credential,
                waiting,
                Downstream.NOBODY,
                version.isStateless() ? MirroredHeaders.of(method, params, Map.of()) : Map.of());
    }

    private JsonRpcMessage ask(
            String method,
            ObjectNode params,
            Credential credential,
            Waiting waiting,
            Downstream downstream,
            Map<String, String> mirrored) {
        long generation = renewals.get();
        try {
            return transport.request(withMeta(outgoing(method, params, credential, mirrored), downstream), waiting);
        } catch (SessionGone gone) {
            if (version.isStateless()) {
                throw Refusal.environmentFailed("the upstream answered with status 404");
            }
            renew(generation, new Deadline(System.nanoTime() + waiting.remainingNanos()));
            try {
                return transport.request(withMeta(outgoing(method, params, credential, mirrored), downstream), waiting);
            } catch (SessionGone again) {
                throw Refusal.environmentFailed("the upstream forgets its sessions");
            }
        }
    }

    /** Opens the session again, once for however many requests found it gone. */
    private void renew(long generation, Deadline deadline) {
        try {
            if (!renewal.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw Refusal.timeout("the upstream gave no answer in time");
            }
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        }
        try {
            if (renewals.get() == generation) {
                initialize(deadline);
                renewals.incrementAndGet();
            }
        } catch (SessionGone again) {
            throw Refusal.environmentFailed("the upstream forgets its sessions");
        } finally {
            renewal.unlock();
        }
    }

    private Outgoing outgoing(String method, ObjectNode params, Credential credential, Map<String, String> mirrored) {
        long id = nextId.getAndIncrement();
        return new Outgoing(id, new Request(LongNode.valueOf(id), method, params), credential, mirrored);
    }

    /** What this revision wants in {@code _meta}. A progress token is the request's id, so that it is unique here. */
    private Outgoing withMeta(Outgoing out, Downstream downstream) {
        boolean stateless = version.isStateless();
        if (!stateless && !downstream.wantsProgress()) {
            return out;
        }
        ObjectNode params = out.message().params();
        ObjectNode changed = McpConversation.empty();
        if (params != null) {
            changed.setAll(params);
        }
        ObjectNode meta =
                changed.path("_meta") instanceof ObjectNode given ? given.deepCopy() : McpConversation.empty();
        changed.set("_meta", meta);
        if (downstream.wantsProgress()) {
            meta.put("progressToken", out.id());
        }
        if (stateless) {
            String level = downstream.logLevel() == null ? logLevel : downstream.logLevel();
            McpConversation.describe(
                    meta, version, McpConversation.both(downstream.capabilities(), mostCapabilities), level);
        }
        return new Outgoing(
                out.id(),
                new Request(out.message().id(), out.message().method(), changed),
                out.credential(),
                out.mirrored());
    }

    @Override
    public void listen(BiConsumer<String, ObjectNode> heard, Deadline deadline) {
        boolean first = listener == null;
        listener = heard;
        if (!first) {
            return;
        }
        if (version.isStateless()) {
            listening.start();
            listening.awaitAcknowledged(deadline.atMost(McpConversation.PROBE));
        } else {
            transport.listen(background());
        }
    }

    /** Keeps one stream of a stateless server open until the set of what is listened to changes. */
    private void keepListening(ObjectNode params, StatelessListening.Turn turn) {
        Hearing hearing = new Hearing() {
            @Override
            public void told(Notification notification) {
                hear(notification);
            }

            @Override
            public boolean takesTime(Request request) {
                return false;
            }

            @Override
            public JsonRpcMessage asked(Request request) {
                return McpConversation.answerTo(request);
            }

            @Override
            public void paused(long retryMillis) {}

            @Override
            public long remainingNanos() {
                return Long.MAX_VALUE / 2;
            }

            @Override
            public Runnable onCancel(Runnable action) {
                return turn.onEnd(action);
            }
        };
        String method = McpMethod.SUBSCRIPTIONS_LISTEN.wireName();
        var _ = transport.request(
                withMeta(
                        outgoing(method, params, own.get(), MirroredHeaders.of(method, params, Map.of())),
                        Downstream.NOBODY),
                hearing);
    }

    /** Hears what a server with sessions says outside of a request; a question there is one of the last call. */
    private Hearing background() {
        return new Hearing() {
            @Override
            public void told(Notification notification) {
                hear(notification);
            }

            @Override
            public boolean takesTime(Request request) {
                return !calls.isEmpty() && questions.contains(request.method());
            }

            @Override
            public JsonRpcMessage asked(Request request) {
                Map.Entry<Long, Waiting> last = calls.lastEntry();
                return last == null
                        ? McpConversation.answerTo(request)
                        : last.getValue().asked(request);
            }

            @Override
            public void paused(long retryMillis) {}

            @Override
            public long remainingNanos() {
                return Long.MAX_VALUE;
            }

            @Override
            public Runnable onCancel(Runnable action) {
                return () -> {};
            }
        };
    }

    private void hear(Notification notification) {
        if (notification.method().equals(McpMethod.SUBSCRIPTIONS_ACKNOWLEDGED.wireName())) {
            listening.acknowledged();
            return;
        }
        BiConsumer<String, ObjectNode> told = listener;
        if (told != null) {
            ObjectNode params = notification.params();
            told.accept(notification.method(), params == null ? McpConversation.empty() : params);
        }
    }

    @Override
    public boolean usable() {
        return transport.usable();
    }

    @Override
    public void close() {
        listening.close();
        transport.close();
    }
}
