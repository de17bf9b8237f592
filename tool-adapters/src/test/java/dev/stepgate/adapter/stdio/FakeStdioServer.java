package dev.stepgate.adapter.stdio;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.FakeTools;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.CallToolResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * A child process that speaks MCP well until it is asked for one of its vices, each the name of a tool. The first argument
 * is the protocol version it answers with.
 */
public final class FakeStdioServer {
    private final PrintStream out = new PrintStream(System.out, false, UTF_8);
    private final String version;
    private String answerToPing = "none";
    private int cancellations;
    private int visits;

    private FakeStdioServer(String version) {
        this.version = version;
    }

    public static void main(String[] args) throws IOException {
        new FakeStdioServer(args[0]).serve();
    }

    private void serve() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        String line;
        while ((line = in.readLine()) != null) {
            JsonNode message = StrictJson.parse(line.getBytes(UTF_8));
            switch (message.path("method").asText()) {
                case "initialize" ->
                    answer(message, object("{\"protocolVersion\":\"" + version + "\",\"capabilities\":{}}"));
                case "tools/list" ->
                    answer(message, page(message.at("/params/cursor").asInt(0)));
                case "tools/call" -> call(message);
                case "notifications/cancelled" -> cancellations++;
                case "" -> answerToPing = line;
                default -> {}
            }
        }
    }

    /** One tool a page. */
    private static ObjectNode page(int index) {
        ObjectNode page = JsonNodeFactory.instance.objectNode();
        page.putArray("tools").add(FakeTools.definitions().get(index));
        if (index + 1 < FakeTools.definitions().size()) {
            page.put("nextCursor", String.valueOf(index + 1));
        }
        return page;
    }

    private void call(JsonNode message) {
        ObjectNode arguments = (ObjectNode) message.at("/params/arguments");
        switch (message.at("/params/name").asText()) {
            case "hang" -> {}
            case "die" -> Runtime.getRuntime().halt(7);
            case "garbage" -> line("this is no JSON");
            case "array" -> line("[]");
            case "endless" -> endless();
            case "deaf" -> LockSupport.park(this);
            case "twice" -> {
                answer(message, CallToolResult.text("first", false));
                answer(message, CallToolResult.text("second", false));
            }
            case "unknown id" -> {
                line("{\"jsonrpc\":\"2.0\",\"id\":987654,\"result\":{\"content\":[]}}");
                line("{\"jsonrpc\":\"2.0\",\"id\":\"" + message.get("id") + "\",\"result\":{\"content\":[]}}");
                answer(message, CallToolResult.text("mine", false));
            }
            case "flood" -> flood(message);
            case "no content" -> answer(message, object("{\"ok\":true}"));
            case "no object" -> line("{\"jsonrpc\":\"2.0\",\"id\":" + message.get("id") + ",\"result\":7}");
            case "error" ->
                line("{\"jsonrpc\":\"2.0\",\"id\":" + message.get("id")
                        + ",\"error\":{\"code\":-32602,\"message\":\"Unknown tool: x\",\"data\":{\"d\":1}}}");
            case "visit" -> {
                if (visits++ > 0) {
                    answer(message, CallToolResult.text("visited", false));
                } else {
                    line(
                            "{\"jsonrpc\":\"2.0\",\"id\":" + message.get("id")
                                    + ",\"error\":{\"code\":-32042,\"message\":\"Visit first\",\"data\":{\"elicitations\":["
                                    + "{\"mode\":\"url\",\"message\":\"m\",\"url\":\"https://example.org\",\"elicitationId\":\"e\"}]}}}");
                }
            }
            case "ping" -> {
                line("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}");
                answer(message, CallToolResult.text("pinged", false));
            }
            case "sample" -> {
                line("{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"method\":\"sampling/createMessage\",\"params\":{}}");
                answer(message, CallToolResult.text("asked", false));
            }
            case "heard" -> answer(message, CallToolResult.text(answerToPing, false));
            case "cancellations" -> answer(message, CallToolResult.text(String.valueOf(cancellations), false));
            case String tool -> answer(message, FakeTools.call(tool, arguments));
        }
    }

    private void endless() {
        char[] much = new char[1 << 20];
        Arrays.fill(much, 'a');
        for (int i = 0; i < 1024 && !out.checkError(); i++) {
            out.print(much);
        }
    }

    private void flood(JsonNode message) {
        for (int i = 0; i < 100_000; i++) {
            line("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":"
                    + i + "}}");
        }
        answer(message, CallToolResult.text("after the flood", false));
    }

    private void answer(JsonNode request, ObjectNode result) {
        ObjectNode message = object("{\"jsonrpc\":\"2.0\"}");
        message.set("id", request.get("id"));
        message.set("result", result);
        line(new String(StrictJson.bytes(message), UTF_8));
    }

    private void line(String text) {
        out.print(text + "\n");
        out.flush();
    }

    private static ObjectNode object(String json) {
        return FakeTools.object(json);
    }
}
