package dev.stepgate.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** An OpenEnv server on loopback with vices, each the name of a tool or the first segment of a path. */
final class FakeOpenEnvServer implements AutoCloseable {
    private static final int MAX_FRAME = 100_000_000;
    private static final String FULL = """
            {"type":"error","data":{"message":"Server at capacity","code":"CAPACITY_REACHED",\
            "active_sessions":2,"max_sessions":2}}""";

    private final Vertx vertx;
    private final HttpServer server;

    /** The tools that were called, in order. */
    final List<String> called = new CopyOnWriteArrayList<>();

    /** The {@code Authorization} headers of the handshakes. */
    final List<String> credentials = new CopyOnWriteArrayList<>();

    /** Open until a call of the tool {@code never} has arrived. */
    final CountDownLatch waiting = new CountDownLatch(1);

    FakeOpenEnvServer(Vertx vertx) {
        this.vertx = vertx;
        HttpServerOptions options =
                new HttpServerOptions().setMaxWebSocketFrameSize(MAX_FRAME).setMaxWebSocketMessageSize(MAX_FRAME);
        this.server = vertx.createHttpServer(options)
                .requestHandler(this::accept)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    URI base(String path) {
        return URI.create("http://127.0.0.1:" + server.actualPort() + path);
    }

    @Override
    public void close() {
        server.close().toCompletionStage().toCompletableFuture().join();
    }

    private void accept(HttpServerRequest request) {
        credentials.add(String.valueOf(request.getHeader("Authorization")));
        switch (String.valueOf(request.path())) {
            case "/silent/ws" -> {}
            case "/refused/ws" -> request.response().setStatusCode(403).end();
            case "/full/ws" ->
                request.toWebSocket().onSuccess(socket -> {
                    socket.writeTextMessage(FULL);
                    socket.close((short) 1000);
                });
            case "/good/ws" -> request.toWebSocket().onSuccess(socket -> serve(socket, request.connection()));
            default -> request.response().setStatusCode(404).end();
        }
    }

    private void serve(ServerWebSocket socket, HttpConnection connection) {
        socket.textMessageHandler(text -> {
            if (text.contains("\"die\"")) {
                var _ = connection.close();
            } else {
                received(socket, text);
            }
        });
    }

    private void received(ServerWebSocket socket, String text) {
        JsonNode frame = StrictJson.parse(text.getBytes(UTF_8), Limits.FRAME);
        JsonNode data = frame.path("data");
        switch (frame.path("type").asText()) {
            case "reset" -> {
                ObjectNode observation = JsonNodeFactory.instance.objectNode();
                observation.set("arguments", data);
                observation.putObject("metadata").put("place", "inside");
                send(socket, "observation", result(observation));
            }
            case "state" ->
                socket.writeTextMessage("{\"type\":\"state\",\"data\":{\"episode_id\":null,\"step_count\":3,\"x\":1}}");
            case "close" -> socket.close((short) 1000);
            case "mcp" ->
                socket.writeTextMessage(
                        "{\"type\":\"mcp\",\"data\":{\"jsonrpc\":\"2.0\",\"id\":" + data.get("id")
                                + ",\"error\":{\"code\":-32603,\"message\":\"Environment does not support MCP\",\"data\":null}}}");
            default -> step(socket, data);
        }
    }

    private void step(ServerWebSocket socket, JsonNode action) {
        String tool = action.path("tool_name").asText(action.path("type").asText());
        called.add(tool);
        switch (tool) {
            case "never" -> waiting.countDown();
            case "late" -> vertx.setTimer(300, _ -> answer(socket, action));
            case "after a pong" -> {
                socket.pongHandler(_ -> answer(socket, action));
                socket.writePing(Buffer.buffer("are you there"));
            }
            case "twice" -> {
                answer(socket, action);
                answer(socket, action);
            }
            case "of another" -> answer(socket, ((ObjectNode) action.deepCopy()).put("tool_name", "another"));
            case "state instead" -> socket.writeTextMessage("{\"type\":\"state\",\"data\":{}}");
            case "garbage" -> socket.writeTextMessage("<html>");
            case "binary" -> socket.writeBinaryMessage(Buffer.buffer("{}"));
            case "bye" -> socket.close((short) 1000);
            case "fail" -> error(socket, "EXECUTION_ERROR");
            case "invalid" -> error(socket, "VALIDATION_ERROR");
            case "end" -> error(socket, "SESSION_ERROR");
            case "list_tools" -> socket.writeTextMessage("""
                        {"type":"observation","data":{"observation":{"tools":[{"name":"move","description":null,\
                        "input_schema":{"type":"object"}}]},"reward":null,"done":false}}""");
            default -> answer(socket, action);
        }
    }

    private static void error(ServerWebSocket socket, String code) {
        socket.writeTextMessage("{\"type\":\"error\",\"data\":{\"message\":\"it is so\",\"code\":\"" + code + "\"}}");
    }

    private static void answer(ServerWebSocket socket, JsonNode action) {
        ObjectNode observation = JsonNodeFactory.instance.objectNode();
        observation.set("tool_name", action.path("tool_name"));
        observation.putObject("result").set("data", action.path("arguments").path("message"));
        send(socket, "observation", result(observation));
    }

    private static ObjectNode result(ObjectNode observation) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.set("observation", observation);
        return result.put("reward", true).put("done", false);
    }

    private static void send(ServerWebSocket socket, String type, ObjectNode data) {
        ObjectNode frame = JsonNodeFactory.instance.objectNode().put("type", type);
        frame.set("data", data);
        socket.writeTextMessage(new String(StrictJson.bytes(frame), UTF_8));
    }
}
