package dev.stepgate.gateway.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpClient;
import dev.stepgate.adapter.McpTransport;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Error;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** An MCP server without a network that can be down. */
final class FakeMcpServer {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ArrayNode tools;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean down;

    /** One with a single tool. */
    FakeMcpServer(String tool, boolean down) {
        this(NODES.arrayNode(), down);
        tools.addObject().put("name", tool).putObject("inputSchema").put("type", "object");
    }

    FakeMcpServer(ArrayNode tools, boolean down) {
        this.tools = tools;
        this.down = down;
    }

    void isDown(boolean now) {
        down = now;
    }

    /** How often somebody tried to reach it. */
    int connections() {
        return connections.get();
    }

    McpClient connect(Deadline deadline) {
        connections.incrementAndGet();
        if (down) {
            throw Refusal.environmentFailed("it is down");
        }
        return McpClient.connect(
                new Wire(), Credential.None::new, NODES.objectNode(), ProtocolVersion.NEWEST_WITH_SESSIONS, deadline);
    }

    private JsonRpcMessage answer(JsonRpcMessage.Request request) {
        ObjectNode result = NODES.objectNode();
        switch (request.method()) {
            case "initialize" -> {
                result.put("protocolVersion", ProtocolVersion.NEWEST_WITH_SESSIONS.wireName());
                result.putObject("capabilities").putObject("tools");
                result.putObject("serverInfo").put("name", "fake").put("version", "1");
            }
            case "tools/list" -> result.set("tools", tools.deepCopy());
            default -> {
                return new Error(request.id(), JsonRpcCode.METHOD_NOT_FOUND, "method not found", null);
            }
        }
        return new Result(request.id(), result);
    }

    private final class Wire implements McpTransport {
        @Override
        public JsonRpcMessage request(Outgoing request, Hearing hearing) {
            return answer(request.message());
        }

        @Override
        public void send(JsonRpcMessage message, Deadline deadline) {}

        @Override
        public void agreed(ProtocolVersion version) {}

        @Override
        public void listen(Hearing hearing) {}

        @Override
        public boolean usable() {
            return true;
        }

        @Override
        public Duration patience() {
            return Duration.ofSeconds(1);
        }

        @Override
        public void close() {}
    }
}
