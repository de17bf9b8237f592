package dev.stepgate.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** An MCP server on loopback that keeps every request line, header and body it was sent. */
final class RecordingUpstream implements AutoCloseable {
    /** One tool for everybody, and one for whoever holds a further scope. */
    static final String POLICY = """
            policy: { name: recorded, version: 1 }
            env: recorded
            tools:
              recorded.say: { allow: [ { id: anything } ] }
              recorded.write: { scope: [ "desk:write" ], allow: [ { id: anything } ] }
            """;

    private static final String TOOLS = """
            {"tools":[{"name":"say","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}},
            {"name":"write","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}}]}""";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final List<String> received = new CopyOnWriteArrayList<>();

    RecordingUpstream() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/mcp", this::answer);
        server.start();
    }

    String manifest() {
        return """
                spec_version: 1
                name: recorded
                type: space
                runtime: fastapi
                app: server.app:app
                port: 8000
                description: Whose requests are kept
                stepgate:
                  upstreams:
                    recorded: { http: { url: "http://127.0.0.1:%d/mcp" } }
                """.formatted(server.getAddress().getPort());
    }

    /** Everything that came, as text. */
    String received() {
        return String.join("\n", received);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        StringBuilder head = new StringBuilder(exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n");
        exchange.getRequestHeaders()
                .forEach((name, values) -> head.append(name + ": " + values).append('\n'));
        received.add(head + body);
        JsonNode message = body.isEmpty() ? JSON.nullNode() : JSON.readTree(body);
        switch (message.path("method").asText()) {
            case "initialize" ->
                result(
                        exchange,
                        message,
                        "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"recorded\",\"version\":\"1\"}}");
            case "tools/list" -> result(exchange, message, TOOLS);
            case "tools/call" -> result(exchange, message, "{\"content\":[{\"type\":\"text\",\"text\":\"said\"}]}");
            default -> {
                exchange.sendResponseHeaders(202, -1);
                exchange.close();
            }
        }
    }

    private static void result(HttpExchange exchange, JsonNode message, String result) throws IOException {
        byte[] bytes =
                ("{\"jsonrpc\":\"2.0\",\"id\":" + message.get("id") + ",\"result\":" + result + "}").getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
