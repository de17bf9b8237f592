package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.call.PassageRequest;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import dev.stepgate.tool.ToolCall;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the requests of MCP mean, whatever the revision: the table that both eras share. An era finds out who asks and how the
 * answer is dressed; it decides nothing.
 */
final class McpRequests {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int MAX_META = 16 * 1024;
    private static final String OUR_META = "dev.stepgate/";

    private final Gateway gateway;
    private final Lifecycle lifecycle;

    McpRequests(Gateway gateway) {
        this.gateway = gateway;
        this.lifecycle = new Lifecycle(gateway);
    }

    /**
     * Where a request came from.
     *
     * @param episode gives the episode that it belongs to, opened if need be
     */
    record From(Door door, Supplier<Episode> episode, Deadline deadline, Downstream downstream) {}

    /** Answers {@code tools/list}, {@code tools/call} and whatever the environment lets pass; nothing else is known. */
    Reply answer(String method, ObjectNode params, From from) {
        return switch (method) {
            case "tools/list" -> {
                gateway.authenticator().require(from.door().principal(), Right.LIST_TOOLS);
                yield new Reply.Result(list(from.door()));
            }
            case "tools/call" -> {
                gateway.authenticator().require(from.door().principal(), Right.CALL_TOOLS);
                yield call(params, from);
            }
            default -> {
                if (!PassageRequest.isOne(method)
                        || !PassageRequest.isOffered(method, from.door().environment())) {
                    yield new Reply.Failure(JsonRpcCode.METHOD_NOT_FOUND, "Method not found", null);
                }
                gateway.authenticator().require(from.door().principal(), Right.CALL_TOOLS);
                yield pass(method, params, from);
            }
        };
    }

    /** All tools on one page: several clients do not follow a cursor. */
    private ObjectNode list(Door door) {
        ObjectNode result = NODES.objectNode();
        ArrayNode tools = result.putArray("tools");
        door.visibleTools().stream().map(CatalogEntry::definition).forEach(tools::add);
        return result;
    }

    private Reply call(ObjectNode params, From from) {
        JsonNode name = params.path("name");
        JsonNode arguments = params.path("arguments");
        if (!name.isTextual() || !(arguments.isMissingNode() || arguments.isObject())) {
            return invalidParams("`name` must be a string and `arguments` an object");
        }
        Optional<Reply> wrong = wrongMeta(params.path("_meta"));
        if (wrong.isPresent()) {
            return wrong.get();
        }
        ToolCall call = new ToolCall(
                name.textValue(),
                arguments instanceof ObjectNode object ? object : NODES.objectNode(),
                upstreamMeta(params));
        Outcome outcome = lifecycle.call(new IncomingCall(
                from.door().principal(), from.episode().get(), call, Face.MCP, from.deadline(), from.downstream()));
        return switch (outcome) {
            case Outcome.Observed(Observation observation, Score _) -> observed(observation);
            case Outcome.Refused(Refusal refusal, boolean _, Score _)
            when refusal.isUnknownTool() -> invalidParams(refusal.reason());
            // A client that gets this asks its issuer for the scopes, and then makes the call again.
            case Outcome.Refused(Refusal refusal, boolean _, Score _)
            when !refusal.scopes().isEmpty() -> throw gateway.authenticator().lacking(refusal.scopes());
            case Outcome.Refused(Refusal refusal, boolean _, Score _) ->
                new Reply.Result(CallToolResult.refused(refusal));
        };
    }

    /** An upstream's JSON-RPC error is told as one here, with its code and data. */
    private static Reply observed(Observation observation) {
        ObjectNode metadata = observation.metadata();
        JsonNode failure = metadata == null ? null : metadata.get("json_rpc_error");
        if (failure == null || !observation.error()) {
            return new Reply.Result(observation.result());
        }
        return new Reply.Failure(
                failure.path("code").asInt(),
                observation.result().at("/content/0/text").asText(""),
                failure.get("data"));
    }

    private Reply pass(String method, ObjectNode params, From from) {
        Optional<Reply> wrong = wrongMeta(params.path("_meta"));
        if (wrong.isPresent()) {
            return wrong.get();
        }
        ObjectNode own = params.deepCopy();
        own.remove("_meta");
        own.remove("inputResponses");
        own.remove("requestState");
        ObjectNode meta = upstreamMeta(params);
        if (meta != null && !meta.isEmpty()) {
            own.set("_meta", meta);
        }
        Episode episode = from.episode().get();
        Deadline deadline = from.deadline().atMost(episode.settings().stepDeadline());
        try {
            return gateway.passages()
                    .handle(from.door().principal(), episode, method, own, deadline, from.downstream());
        } catch (Refusal refusal) {
            ObjectNode data = NODES.objectNode()
                    .put(CallToolResult.OUTCOME, refusal.outcome().wireName())
                    .put(CallToolResult.CODE, refusal.code());
            return new Reply.Failure(JsonRpcCode.INTERNAL_ERROR, refusal.code() + ": " + refusal.reason(), data);
        }
    }

    private static Optional<Reply> wrongMeta(JsonNode meta) {
        if (!meta.isMissingNode() && (!meta.isObject() || StrictJson.bytes(meta).length > MAX_META)) {
            return Optional.of(invalidParams("`_meta` must be an object of at most 16 KiB"));
        }
        for (var entry : meta.properties()) {
            if (entry.getKey().startsWith(OUR_META)) {
                return Optional.of(invalidParams("`_meta` keys under " + OUR_META + " are the gateway's own"));
            }
        }
        return Optional.empty();
    }

    /** What of a request's {@code _meta} is for the upstream: not what an era uses for itself. */
    private static @Nullable ObjectNode upstreamMeta(ObjectNode params) {
        if (!(params.path("_meta") instanceof ObjectNode meta)) {
            return null;
        }
        ObjectNode own = meta.deepCopy();
        own.remove("progressToken");
        for (Map.Entry<String, JsonNode> entry : meta.properties()) {
            if (entry.getKey().startsWith(ModernMeta.PREFIX)) {
                own.remove(entry.getKey());
            }
        }
        return own;
    }

    static Reply invalidParams(String text) {
        return new Reply.Failure(JsonRpcCode.INVALID_PARAMS, text, null);
    }
}
