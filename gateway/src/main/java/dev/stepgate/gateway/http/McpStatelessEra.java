package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.identity.NotAdmitted;
import dev.stepgate.gateway.session.HeldRequests;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcProblem;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Reply;
import java.util.List;
import java.util.Optional;

/**
 * MCP without sessions, revision 2026-07-28: each request says what it needs to be understood, and its headers say the same.
 * A call belongs to the episode of the URL, else to the caller's default one.
 */
final class McpStatelessEra {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Gateway gateway;
    private final McpRequests requests;
    private final SlowRequests slow;
    private final StatelessSubscriptions subscriptions;

    McpStatelessEra(Gateway gateway, McpRequests requests, SlowRequests slow) {
        this.gateway = gateway;
        this.requests = requests;
        this.slow = slow;
        this.subscriptions = new StatelessSubscriptions(gateway);
    }

    Answer post(Ask ask, Door door, JsonNode tree) {
        if (!ask.isJson()) {
            return McpEndpoint.error(415, JsonRpcCode.INVALID_REQUEST, "Content-Type must be application/json", null);
        }
        JsonRpcMessage message;
        try {
            message = JsonRpcCodec.read(tree);
        } catch (JsonRpcProblem problem) {
            return Answer.json(400, JsonRpcCodec.write(problem.answer()));
        }
        return switch (message) {
            case Request request -> request(ask, door, request);
            case JsonRpcMessage.Notification _ -> Answer.empty(202);
            case JsonRpcMessage.Result _, JsonRpcMessage.Error _ ->
                McpEndpoint.error(400, JsonRpcCode.INVALID_REQUEST, "this revision takes no answers", null);
        };
    }

    private Answer request(Ask ask, Door door, Request request) {
        ObjectNode params = request.params() == null ? NODES.objectNode() : request.params();
        Optional<Reply.Failure> wrong = wrong(ask, door, request.method(), params);
        if (wrong.isPresent()) {
            int status = wrong.get().code() == JsonRpcCode.INVALID_PARAMS ? 400 : StatelessAnswers.status(wrong.get());
            return Answer.json(status, StatelessAnswers.message(request.id(), wrong.get()));
        }
        return switch (request.method()) {
            case "server/discover" ->
                answer(request, StatelessAnswers.dressed("server/discover", new Reply.Result(discovered(door))));
            case "subscriptions/listen" -> subscriptions.listen(ask, door, request, params);
            // What was a request of its own in the revisions with sessions is none here.
            case "resources/subscribe", "resources/unsubscribe", "logging/setLevel", "initialize", "ping" ->
                answer(request, notFound());
            default -> exchange(ask, door, request, params);
        };
    }

    private static Reply.Failure notFound() {
        return new Reply.Failure(JsonRpcCode.METHOD_NOT_FOUND, "Method not found", null);
    }

    private static Answer answer(Request request, Reply reply) {
        return Answer.json(StatelessAnswers.status(reply), StatelessAnswers.message(request.id(), reply));
    }

    /** What keeps a request from being understood, or from being understood in one way only. */
    private static Optional<Reply.Failure> wrong(Ask ask, Door door, String method, ObjectNode params) {
        JsonNode meta = params.path("_meta");
        String asked = meta.path(ModernMeta.PROTOCOL_VERSION).textValue();
        List<String> header = ask.headers().getAll(McpEndpoint.VERSION);
        if (asked == null) {
            return invalid("`_meta` needs " + ModernMeta.PROTOCOL_VERSION);
        }
        if (header.size() != 1 || !header.getFirst().equals(asked)) {
            return mismatch("header " + McpEndpoint.VERSION + " is missing or differs from the body");
        }
        if (ProtocolVersion.of(asked).filter(ProtocolVersion::isStateless).isEmpty()) {
            return Optional.of(unsupported(asked));
        }
        if (!meta.path(ModernMeta.CLIENT_CAPABILITIES).isObject()) {
            return invalid("`_meta` needs " + ModernMeta.CLIENT_CAPABILITIES);
        }
        return StatelessHeaders.mismatch(ask, method, params, door.environment())
                .flatMap(McpStatelessEra::mismatch);
    }

    private static Optional<Reply.Failure> invalid(String sentence) {
        return Optional.of(new Reply.Failure(JsonRpcCode.INVALID_PARAMS, sentence, null));
    }

    private static Optional<Reply.Failure> mismatch(String sentence) {
        return Optional.of(new Reply.Failure(JsonRpcCode.HEADER_MISMATCH, sentence, null));
    }

    /** Names what {@code server/discover} names; a client of a revision with sessions goes on with {@code initialize}. */
    static Reply.Failure unsupported(String asked) {
        ObjectNode data = NODES.objectNode();
        data.set("supported", supportedVersions());
        data.put("requested", asked);
        return new Reply.Failure(JsonRpcCode.UNSUPPORTED_PROTOCOL_VERSION, "Unsupported protocol version", data);
    }

    private static ArrayNode supportedVersions() {
        ArrayNode versions = NODES.arrayNode();
        for (ProtocolVersion version : ProtocolVersion.values()) {
            if (version.isStateless()) {
                versions.add(version.wireName());
            }
        }
        return versions;
    }

    private static ObjectNode discovered(Door door) {
        ObjectNode result = NODES.objectNode();
        result.set("supportedVersions", supportedVersions());
        ObjectNode capabilities = door.environment().capabilities().deepCopy();
        capabilities.withObject("/tools");
        result.set("capabilities", capabilities);
        result.put("instructions", door.environment().manifest().description());
        result.putObject("_meta").set(ModernMeta.SERVER_INFO, McpEndpoint.serverInfo(door));
        return result;
    }

    private Answer exchange(Ask ask, Door door, Request request, ObjectNode params) {
        HeldRequests.Asked asked = new HeldRequests.Asked(
                door.principal().key(), door.base() + place(door), request.method(), withoutRound(params));
        JsonNode state = params.path("requestState");
        if (!state.isMissingNode()) {
            return resumed(ask, request, params, state, asked);
        }
        ObjectNode capabilities = (ObjectNode) params.path("_meta").path(ModernMeta.CLIENT_CAPABILITIES);
        StatelessExchange exchange = new StatelessExchange(
                gateway.heldRequests(),
                asked,
                capabilities,
                params.path("_meta").path(ModernMeta.LOG_LEVEL).textValue(),
                params.path("inputResponses") instanceof ObjectNode given ? given : null);
        exchange.sit(ask.wire(), request);
        slow.add(exchange);
        try {
            Reply reply = requests.answer(
                    request.method(), params, new McpRequests.From(door, door::episode, ask.deadline(), exchange));
            exchange.finish(StatelessAnswers.dressed(request.method(), reply));
            return Answer.ELSEWHERE;
        } catch (CapacityReached reached) {
            return Answer.json(
                            503,
                            JsonRpcAnswers.error(request.id(), JsonRpcCode.INTERNAL_ERROR, reached.sentence(), null))
                    .with("Retry-After", "5");
        } catch (NotAdmitted refused) { // answered with a challenge, by whoever knows the resource
            throw refused;
        } catch (RuntimeException bug) { // the caller may be another request by now
            System.getLogger(McpStatelessEra.class.getName())
                    .log(System.Logger.Level.ERROR, "request=failed method=" + request.method(), bug);
            exchange.finish(new Reply.Failure(
                    JsonRpcCode.INTERNAL_ERROR, "infra_error: the gateway failed to answer this request", null));
            return Answer.ELSEWHERE;
        } finally {
            slow.remove(exchange);
        }
    }

    private static String place(Door door) {
        return door.fixed() == null ? "" : " " + door.fixed().key();
    }

    private Answer resumed(Ask ask, Request request, ObjectNode params, JsonNode state, HeldRequests.Asked asked) {
        Optional<HeldRequests.Waiting> waiting =
                state.isTextual() ? gateway.heldRequests().take(state.textValue(), asked) : Optional.empty();
        if (waiting.isEmpty()) {
            return answer(
                    request,
                    new Reply.Failure(
                            JsonRpcCode.INVALID_PARAMS,
                            "`requestState` is none of ours, is not of this request, or has expired: call again without it",
                            null));
        }
        StatelessExchange exchange = (StatelessExchange) waiting.get();
        exchange.resume(ask.wire(), request, params.path("inputResponses"));
        return Answer.ELSEWHERE;
    }

    /** What stays the same over all rounds of one request. */
    private static ObjectNode withoutRound(ObjectNode params) {
        ObjectNode same = NODES.objectNode();
        same.setAll(params);
        same.remove("_meta");
        same.remove("inputResponses");
        same.remove("requestState");
        return same;
    }
}
