package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.mcp.ToolResults;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what MCP servers of the session eras answer. No I/O. */
public final class McpAnswers {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int MAX_TOOLS = 1_000;
    private static final int MAX_PAGES = 100;

    private McpAnswers() {}

    /** The params of our {@code initialize}: the newest revision, and no client feature that we do not offer. */
    public static ObjectNode initialize() {
        ObjectNode params = NODES.objectNode();
        params.put("protocolVersion", ProtocolVersion.newest().wireName());
        params.putObject("capabilities");
        params.putObject("clientInfo").put("name", "stepgate").put("version", "0.1.0");
        return params;
    }

    /** The revision an upstream settled for. */
    public static ProtocolVersion agreed(JsonRpcMessage.Response response) {
        String version = resultOf(response).path("protocolVersion").asText("");
        return ProtocolVersion.named(version)
                .orElseThrow(() ->
                        Refusal.environmentFailed("the upstream speaks no protocol revision that is spoken here"));
    }

    public static ObjectNode toolCall(ToolCall call) {
        ObjectNode params = NODES.objectNode();
        params.put("name", call.tool());
        params.set("arguments", call.arguments());
        if (call.meta() != null) {
            params.set("_meta", call.meta());
        }
        return params;
    }

    /**
     * Reads a tool call's answer. A JSON-RPC error is the upstream's way to say that this call failed, so it is an
     * observation with an error; an answer that is no {@code CallToolResult} is garbage.
     */
    public static Observation observation(JsonRpcMessage.Response response) {
        ObjectNode error = response.error();
        if (error != null) {
            return Observation.of(ToolResults.text(error.path("message").asText("the tool failed"), true));
        }
        ObjectNode result = resultOf(response);
        if (!result.path("content").isArray()) {
            throw Refusal.environmentFailed("the upstream answered with something that is no tool result");
        }
        return Observation.of(result);
    }

    /**
     * Reads all pages of a tool list.
     *
     * @param ask sends {@code tools/list} with the given params and waits for the answer
     */
    public static List<ToolDescriptor> allTools(Function<ObjectNode, JsonRpcMessage.Response> ask) {
        List<ToolDescriptor> tools = new ArrayList<>();
        @Nullable String cursor = null;
        for (int page = 0; page < MAX_PAGES; page++) {
            ObjectNode params = NODES.objectNode();
            if (cursor != null) {
                params.put("cursor", cursor);
            }
            ObjectNode result = resultOf(ask.apply(params));
            for (JsonNode tool : result.path("tools")) {
                if (!(tool instanceof ObjectNode definition) || tools.size() == MAX_TOOLS) {
                    throw Refusal.environmentFailed("the upstream lists more than 1000 tools, or something else");
                }
                tools.add(ToolDescriptor.of(definition));
            }
            String next = result.path("nextCursor").textValue();
            if (next == null || next.isEmpty()) {
                return tools;
            }
            if (next.equals(cursor)) {
                throw Refusal.environmentFailed("the upstream's tool list does not advance");
            }
            cursor = next;
        }
        throw Refusal.environmentFailed("the upstream's tool list has more than 100 pages");
    }

    private static ObjectNode resultOf(JsonRpcMessage.Response response) {
        if (response.result() instanceof ObjectNode result) {
            return result;
        }
        throw Refusal.environmentFailed("the upstream refused a request it must answer");
    }
}
