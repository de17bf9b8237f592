package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EpisodeLimits;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.episode.Origin;
import dev.stepgate.gateway.session.EventLog;
import dev.stepgate.gateway.session.McpSession;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcProblem;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** MCP of the session eras, revisions 2025-03-26 to 2025-11-25: {@code initialize}, then a session id with every request. */
final class McpSessionEra {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Gateway gateway;
    private final McpRequests requests;
    private final SlowRequests slow;

    McpSessionEra(Gateway gateway, McpRequests requests, SlowRequests slow) {
        this.gateway = gateway;
        this.requests = requests;
        this.slow = slow;
    }

    Answer post(Ask ask, Door door, JsonNode tree) {
        Optional<String> version = ask.header(McpEndpoint.VERSION);
        if (version.isPresent() && ProtocolVersion.of(version.get()).isEmpty()) {
            return McpEndpoint.error(
                    400, JsonRpcCode.INVALID_REQUEST, "Unsupported protocol version: " + versions(), null);
        }
        if (!ask.isJson()) {
            return McpEndpoint.error(415, JsonRpcCode.INVALID_REQUEST, "Content-Type must be application/json", null);
        }
        JsonRpcMessage message;
        try {
            message = JsonRpcCodec.read(tree);
        } catch (JsonRpcProblem problem) {
            return Answer.json(400, JsonRpcCodec.write(problem.answer()));
        }
        if (message instanceof Request request && request.method().equals("initialize")) {
            return initialize(request, door);
        }
        Optional<String> id = ask.header(McpEndpoint.SESSION);
        if (id.isEmpty()) {
            return McpEndpoint.error(
                    400, JsonRpcCode.INVALID_REQUEST, "Mcp-Session-Id is required: send initialize first", null);
        }
        Optional<McpSession> session = find(id.get(), door);
        if (session.isEmpty()) {
            return unknownSession();
        }
        return switch (message) {
            case Request request -> answer(request, ask, door, session.get());
            case Notification notification -> {
                heard(notification, session.get());
                yield Answer.empty(202);
            }
            case JsonRpcMessage.Result(JsonNode question, ObjectNode result) -> {
                session.get().answered(question, new Reply.Result(result));
                yield Answer.empty(202);
            }
            case JsonRpcMessage.Error error -> {
                session.get().answered(error.id(), new Reply.Failure(error.code(), error.message(), error.data()));
                yield Answer.empty(202);
            }
        };
    }

    private static String versions() {
        return Arrays.stream(ProtocolVersion.values())
                .map(ProtocolVersion::wireName)
                .collect(Collectors.joining(", "));
    }

    private static void heard(Notification notification, McpSession session) {
        ObjectNode params = notification.params();
        JsonNode request = params == null ? null : params.get("requestId");
        if (notification.method().equals("notifications/cancelled") && request != null) {
            session.cancel(request);
        }
    }

    /** The stream of what belongs to no request; with an event's id, the rest of the stream that it was of. */
    Answer get(Ask ask, Door door) {
        Optional<String> id = ask.header(McpEndpoint.SESSION);
        // Clients try without a session, and go on at once when there is no stream.
        if (id.isEmpty() || !ask.wire().takesEvents()) {
            return Answer.methodNotAllowed("POST, DELETE");
        }
        Optional<McpSession> found = find(id.get(), door);
        if (found.isEmpty()) {
            return unknownSession();
        }
        McpSession session = found.get();
        Optional<String> last = ask.header("Last-Event-ID");
        EventLog log = last.flatMap(session::streamOf).orElse(session.background());
        EventStream stream = ask.wire().stream();
        EventLog.Sink sink = new StreamSink(stream);
        ask.wire().onGone(() -> Thread.ofVirtual().start(() -> log.detach(sink)));
        if (log == session.background()) {
            session.listen();
            listenNow(door, session, ask.deadline());
        }
        if (last.isPresent()) {
            log.resume(last.get(), sink);
        } else {
            if (session.version().compareTo(ProtocolVersion.V2025_11_25) >= 0) {
                stream.prime(log.beginning());
            }
            log.attach(sink);
        }
        return Answer.ELSEWHERE;
    }

    Answer delete(Ask ask, Door door) {
        Optional<String> id = ask.header(McpEndpoint.SESSION);
        if (id.isEmpty()) {
            return Answer.methodNotAllowed("POST");
        }
        Optional<McpSession> session = find(id.get(), door);
        session.ifPresent(gateway.mcpSessions()::end);
        return session.isPresent() ? Answer.empty(204) : unknownSession();
    }

    private Optional<McpSession> find(String id, Door door) {
        return gateway.mcpSessions()
                .find(id, door.principal().key(), door.environment().name());
    }

    private static Answer unknownSession() {
        return McpEndpoint.error(404, JsonRpcCode.INVALID_REQUEST, "Session not found", null);
    }

    /** A revision that is not spoken here is answered with the newest that is; the client decides whether to go on. */
    private Answer initialize(Request request, Door door) {
        ObjectNode params = params(request);
        ProtocolVersion version = ProtocolVersion.withSessions(
                        params.path("protocolVersion").asText(""))
                .orElse(ProtocolVersion.NEWEST_WITH_SESSIONS);
        ObjectNode capabilities =
                params.path("capabilities") instanceof ObjectNode object ? object : NODES.objectNode();
        Optional<McpSession> session = gateway.mcpSessions()
                .open(door.principal().key(), door.environment().name(), door.fixed(), version, capabilities);
        if (session.isEmpty()) {
            return overloaded(request, "too many sessions are open");
        }
        ObjectNode result = NODES.objectNode();
        result.put("protocolVersion", version.wireName());
        ObjectNode offered = door.environment().capabilities().deepCopy();
        offered.withObject("/tools");
        result.set("capabilities", offered);
        result.set("serverInfo", McpEndpoint.serverInfo(door));
        result.put("instructions", door.environment().manifest().description());
        return Answer.json(200, JsonRpcAnswers.result(request.id(), result))
                .with(McpEndpoint.SESSION, session.get().id());
    }

    private static Answer overloaded(Request request, String sentence) {
        return Answer.json(503, JsonRpcAnswers.error(request.id(), JsonRpcCode.INTERNAL_ERROR, sentence, null))
                .with("Retry-After", "5");
    }

    private Answer answer(Request request, Ask ask, Door door, McpSession session) {
        if (request.method().equals("ping")) {
            return Answer.json(200, JsonRpcAnswers.result(request.id(), NODES.objectNode()));
        }
        ObjectNode params = params(request);
        SessionStream stream = new SessionStream(session, ask.wire(), params);
        if (!session.begin(request.id(), stream::cancel)) {
            return McpEndpoint.error(
                    400, JsonRpcCode.INVALID_REQUEST, "too many requests are under way, or one of that id is", null);
        }
        slow.add(stream);
        if (ask.wire().prefersEvents()) {
            stream.begin();
        }
        try {
            Reply reply = requests.answer(
                    request.method(),
                    params,
                    new McpRequests.From(door, () -> episode(door, session), ask.deadline(), stream));
            if (session.listens() || request.method().equals("resources/subscribe")) {
                session.listen();
                listenNow(door, session, ask.deadline());
            }
            return stream.finish(message(request.id(), reply));
        } catch (CapacityReached reached) {
            return overloaded(request, reached.sentence());
        } finally {
            slow.remove(stream);
            session.end(request.id());
        }
    }

    /** Without what only the later revision has. */
    private static ObjectNode message(JsonNode id, Reply reply) {
        if (reply instanceof Reply.Result(ObjectNode result) && (result.has("ttlMs") || result.has("cacheScope"))) {
            ObjectNode plain = NODES.objectNode();
            plain.setAll(result);
            plain.remove("ttlMs");
            plain.remove("cacheScope");
            return StatelessAnswers.message(id, new Reply.Result(plain));
        }
        return StatelessAnswers.message(id, reply);
    }

    /** Listens to what the session's run says of itself, if it has one by now. */
    private void listenNow(Door door, McpSession session, Deadline deadline) {
        Optional<Episode> episode = door.fixed() == null ? session.episode() : Optional.of(door.fixed());
        Optional<EpisodeRun> run = episode.map(Episode::currentRun).filter(EpisodeRun::isOpen);
        if (run.isEmpty() || !session.hears(run.get())) {
            return;
        }
        try {
            Runnable _ = gateway.passages().listen(door.principal(), episode.get(), mailbox(session), deadline);
        } catch (Refusal gone) {
            // A run that is over says nothing more.
        }
    }

    private static Mailbox mailbox(McpSession session) {
        return new Mailbox(
                (method, params) -> session.background().add(JsonRpcCodec.bytes(new Notification(method, params))));
    }

    private Episode episode(Door door, McpSession session) {
        boolean shared = door.environment().manifest().episode().mcpSession() == EpisodeLimits.McpSession.SHARED;
        if (door.fixed() != null || shared) {
            return door.episode();
        }
        return session.episode(() -> gateway.episodes()
                .open(door.environment().name(), door.principal().key(), Origin.MCP_SESSION));
    }

    private static ObjectNode params(Request request) {
        ObjectNode params = request.params();
        return params == null ? NODES.objectNode() : params;
    }
}
