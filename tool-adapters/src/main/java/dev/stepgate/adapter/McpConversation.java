package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.Limits;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Error;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What an MCP client says and understands on every transport of the revisions with sessions. */
public final class McpConversation {
    /** Tools of one upstream, and pages they may come in. */
    public static final int MOST_TOOLS = 1_000;

    public static final int MOST_PAGES = 100;

    /** An answer of an upstream. One string, an image for example, may fill it. */
    public static final Limits ANSWER = Limits.MESSAGE.withMaxStringLength(Limits.MESSAGE.maxBytes());

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private McpConversation() {}

    /** The {@code params} of {@code initialize}: no client capability, so that no server request but a ping can come. */
    public static ObjectNode initializeParams() {
        ObjectNode params = NODES.objectNode().put("protocolVersion", ProtocolVersion.NEWEST_WITH_SESSIONS.wireName());
        params.putObject("capabilities");
        params.putObject("clientInfo").put("name", "stepgate").put("version", "0.1");
        return params;
    }

    /** The revision that the answer to {@code initialize} settles. */
    public static ProtocolVersion negotiated(JsonRpcMessage answer) {
        if (!(answer instanceof Result result)) {
            throw Refusal.environmentFailed("the upstream refused to initialize");
        }
        String version = result.result().path("protocolVersion").asText("");
        return ProtocolVersion.of(version)
                .orElseThrow(() -> Refusal.environmentFailed("the upstream speaks a protocol version we do not know"));
    }

    public static Notification initialized() {
        return new Notification(McpMethod.INITIALIZED.wireName(), null);
    }

    /** Tells the upstream that nobody waits for the answer to {@code id} any more. */
    public static Notification cancelled(long id) {
        ObjectNode params = NODES.objectNode().put("requestId", id).put("reason", "deadline passed");
        return new Notification(McpMethod.CANCELLED.wireName(), params);
    }

    /** Our answer to a request of the server. */
    public static JsonRpcMessage answerTo(Request request) {
        if (request.method().equals(McpMethod.PING.wireName())) {
            return new Result(request.id(), NODES.objectNode());
        }
        return new Error(request.id(), JsonRpcCode.METHOD_NOT_FOUND, "method not found", null);
    }

    /** Whether {@code id}, as the upstream sent it, is ours. */
    public static boolean isId(@Nullable JsonNode id, long ours) {
        return id != null && id.isIntegralNumber() && id.longValue() == ours;
    }

    public static ObjectNode callParams(ToolCall call) {
        ObjectNode params = NODES.objectNode().put("name", call.tool());
        params.set("arguments", call.arguments());
        if (call.meta() != null) {
            params.set("_meta", call.meta());
        }
        return params;
    }

    /**
     * What {@code tools/call} came to. A JSON-RPC error becomes an observation of a tool error whose text is the upstream's
     * message, so that the agent sees what was said; code and data are kept for trainers in {@code metadata.json_rpc_error}.
     */
    public static Observation observation(JsonRpcMessage answer) {
        return switch (answer) {
            case Result(JsonNode id, ObjectNode result) -> {
                if (!result.path("content").isArray()) {
                    throw Refusal.environmentFailed("the upstream answered with a result that has no content");
                }
                yield Observation.of(result);
            }
            case Error error -> failed(error);
            case Request _, Notification _ -> throw new IllegalArgumentException("not an answer");
        };
    }

    private static Observation failed(Error error) {
        ObjectNode metadata = NODES.objectNode();
        ObjectNode kept = metadata.putObject("json_rpc_error").put("code", error.code());
        if (error.data() != null) {
            kept.set("data", error.data());
        }
        return new Observation(CallToolResult.text(error.message(), true), true, null, false, metadata);
    }

    /**
     * Fetches all pages of {@code tools/list}.
     *
     * @param request sends {@code tools/list} with these {@code params} and returns the answer
     */
    public static List<ToolDescriptor> allTools(Function<ObjectNode, JsonRpcMessage> request) {
        List<ToolDescriptor> tools = new ArrayList<>();
        Set<String> cursors = new HashSet<>();
        ObjectNode params = NODES.objectNode();
        for (int page = 0; page < MOST_PAGES; page++) {
            ObjectNode result = listed(request.apply(params));
            add(result.path("tools"), tools);
            JsonNode cursor = result.path("nextCursor");
            if (!cursor.isTextual()) {
                return List.copyOf(tools);
            }
            if (!cursors.add(cursor.textValue())) {
                throw Refusal.environmentFailed("the upstream lists the same page of tools again");
            }
            params = NODES.objectNode().put("cursor", cursor.textValue());
        }
        throw Refusal.environmentFailed("the upstream lists more than " + MOST_PAGES + " pages of tools");
    }

    private static ObjectNode listed(JsonRpcMessage answer) {
        if (answer instanceof Result result && result.result().path("tools").isArray()) {
            return result.result();
        }
        throw Refusal.environmentFailed("the upstream does not list its tools");
    }

    private static void add(JsonNode page, List<ToolDescriptor> tools) {
        if (tools.size() + page.size() > MOST_TOOLS) {
            throw Refusal.environmentFailed("the upstream has more than " + MOST_TOOLS + " tools");
        }
        for (JsonNode tool : page) {
            if (!(tool instanceof ObjectNode definition)) {
                throw Refusal.environmentFailed("the upstream lists a tool that is no object");
            }
            tools.add(ToolDescriptor.of(definition));
        }
    }
}
