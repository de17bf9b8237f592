package dev.stepgate.adapter.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stepgate.adapter.McpClient;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The adapter and the server of the official Java SDK, which nobody wrote for each other. */
class SdkServerTest {
    private static final Deadline SOON = Deadline.in(Duration.ofMinutes(1));

    private final Pipe toServer;
    private final Pipe toAdapter;
    private final McpSyncServer server;
    private final McpClient adapter;

    SdkServerTest() throws IOException {
        toServer = Pipe.open();
        toAdapter = Pipe.open();
        StdioServerTransportProvider transport = new StdioServerTransportProvider(
                McpJsonDefaults.getMapper(),
                Channels.newInputStream(toServer.source()),
                Channels.newOutputStream(toAdapter.sink()));
        server = McpServer.sync(transport)
                .serverInfo("peer", "1")
                .toolCall(
                        Tool.builder("greet", Map.of("type", "object")).build(),
                        (exchange, request) -> CallToolResult.builder()
                                .addTextContent("hello " + request.arguments().get("name"))
                                .build())
                .build();
        adapter = StdioMcp.connect(
                Channels.newInputStream(toAdapter.source()),
                Channels.newOutputStream(toServer.sink()),
                this::closePipes,
                StdioLimits.DEFAULT,
                JsonNodeFactory.instance.objectNode(),
                null,
                SOON);
    }

    private void closePipes() {
        try {
            toServer.sink().close();
            toAdapter.sink().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void close() {
        adapter.close();
        server.close();
    }

    @Test
    void listsTheToolsOfTheServer() {
        assertThat(adapter.listTools(SOON)).extracting(ToolDescriptor::name).containsExactly("greet");
    }

    @Test
    void callsAToolOfTheServer() {
        Observation observation = call("greet");

        assertThat(observation.error()).isFalse();
        assertThat(observation.result().at("/content/0/text").asText()).isEqualTo("hello Ada");
    }

    @Test
    void showsThatTheServerDoesNotKnowATool() {
        Observation observation = call("other");

        assertThat(observation.error()).isTrue();
        assertThat(observation.metadata()).isNotNull();
        assertThat(adapter.usable()).isTrue();
    }

    private Observation call(String tool) {
        return adapter.call(
                new ToolCall(tool, JsonNodeFactory.instance.objectNode().put("name", "Ada"), null),
                new Credential.None(),
                SOON);
    }
}
