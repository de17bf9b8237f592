package dev.stepgate.adapter.openenv;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.FakeTools;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An OpenEnv server on loopback as FastMCP 3 and 4 spell it, with the tools of {@link FakeTools} and with vices, each the name
 * of a tool. Its native action is {@code {"move": …}}.
 */
final class FakeOpenEnvServer implements AutoCloseable {
    private static final String BIG = "x".repeat(1 << 20);

    private final Kind kind;
    private final HttpServer server;

    /** Frames that came, in order. */
    final List<String> received = new CopyOnWriteArrayList<>();

    final Set<ServerWebSocket> sockets = ConcurrentHashMap.newKeySet();

    /** What is different between servers. */
    enum Kind {
        /** Tools by MCP, metadata lost. */
        BASE,
        /** Tools by MCP as FastMCP 4 writes them, metadata beside the observation. */
        LATE,
        /** No MCP, an action of its own. */
        NATIVE,
        /** Tools by MCP and an action of its own, so that no tool is called by a step. */
        BOTH,
        /** Tools by a list step alone. */
        LISTED,
        /** Full. */
        FULL
    }

    FakeOpenEnvServer(Vertx vertx, Kind kind) {
        this.kind = kind;
        this.server = vertx.createHttpServer(new HttpServerOptions()
                        .setMaxWebSocketFrameSize(64 << 20)
                        .setMaxWebSocketMessageSize(64 << 20))
                .requestHandler(this::document)
                .webSocketHandler(this::accept)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    int port() {
        return server.actualPort();
    }

    @Override
    public void close() {
        server.close().toCompletionStage().toCompletableFuture().join();
    }

    private void document(HttpServerRequest request) {
        String action = hasOwnAction()
                ? "{\"title\":\"Move\",\"description\":\"Moves.\",\"type\":\"object\",\"required\":[\"move\",\"kind\"],"
                        + "\"properties\":{\"move\":{\"type\":\"string\"},\"kind\":{\"type\":\"string\"}}}"
                : "{\"title\":\"CallToolAction\",\"properties\":{\"tool_name\":{}}}";
        Map<String, String> documents = Map.of(
                "/env/health",
                "{\"status\":\"healthy\"}",
                "/env/schema",
                "{\"action\":" + action + ",\"observation\":{},\"state\":{}}",
                "/env/openapi.json",
                kind == Kind.LATE
                        ? "{\"paths\":{\"/health\":{},\"/list_environments\":{}}}"
                        : "{\"paths\":{\"/health\":{}}}");
        String document = documents.get(request.path());
        request.response().setStatusCode(document == null ? 404 : 200).end(document == null ? "" : document);
    }

    private boolean hasOwnAction() {
        return kind == Kind.NATIVE || kind == Kind.BOTH;
    }

    private void accept(ServerWebSocket socket) {
        sockets.add(socket);
        socket.closeHandler(ignored -> sockets.remove(socket));
        socket.textMessageHandler(text -> {
            received.add(text.length() > 200 ? text.substring(0, 200) : text);
            answer(socket, (ObjectNode) StrictJson.parse(text.getBytes(UTF_8), Limits.FRAME));
        });
        if (kind == Kind.FULL) {
            socket.writeTextMessage(error("CAPACITY_REACHED", "Server at capacity: 1/1 sessions active."));
            socket.close((short) 1000);
        }
    }

    private void answer(ServerWebSocket socket, ObjectNode frame) {
        JsonNode data = frame.path("data");
        switch (frame.path("type").asText()) {
            case "reset" -> reset(socket, (ObjectNode) data);
            case "state" -> send(socket, "state", "{\"episode_id\":\"own\",\"step_count\":3,\"custom\":[1.10]}");
            case "close" -> socket.close((short) 1000);
            case "mcp" -> send(socket, "mcp", rpc((ObjectNode) data));
            case "step" -> step(socket, (ObjectNode) data);
            default -> socket.writeTextMessage(error("UNKNOWN_TYPE", "Unknown message type"));
        }
    }

    private void reset(ServerWebSocket socket, ObjectNode data) {
        if (data.path("refuse").asBoolean()) {
            socket.writeTextMessage(error("EXECUTION_ERROR", "no such task"));
            return;
        }
        String metadata = kind == Kind.LATE ? ",\"metadata\":{\"seen\":true}" : "";
        String inside = kind == Kind.LATE ? ",\"metadata\":{\"seen\":true}" : "";
        send(
                socket,
                "observation",
                "{\"observation\":{\"asked\":" + text(data) + inside + "},\"reward\":0.5,\"done\":false" + metadata
                        + "}");
    }

    private String rpc(ObjectNode request) {
        String head = "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",";
        if (kind == Kind.NATIVE || kind == Kind.LISTED) {
            return head + "\"error\":{\"code\":-32603,\"message\":\"Environment does not support MCP\",\"data\":null}}";
        }
        if (request.path("method").asText().equals("tools/list")) {
            return head + "\"result\":{\"tools\":" + tools(kind == Kind.LATE) + "}}";
        }
        JsonNode params = request.path("params");
        return params.path("name").asText().equals("fail")
                ? head + "\"error\":{\"code\":-32603,\"message\":\"it failed\",\"data\":null}}"
                : head + "\"result\":" + result(params.path("arguments")) + "}";
    }

    /** With the nulls that Python writes, and with the other spelling of newer libraries. */
    private static String tools(boolean late) {
        var tools = JsonNodeFactory.instance.arrayNode();
        for (ObjectNode definition : FakeTools.definitions()) {
            ObjectNode tool = definition.deepCopy().putNull("title").putNull("annotations");
            if (late) {
                tool.set("input_schema", tool.remove("inputSchema"));
                tool.putNull("output_schema");
            }
            tools.add(tool);
        }
        return text(tools);
    }

    /** {@code echo} in the spelling of FastMCP. */
    private static String result(JsonNode arguments) {
        ObjectNode mcp = FakeTools.object(text(FakeTools.call("echo", (ObjectNode) arguments)));
        ObjectNode dumped = JsonNodeFactory.instance.objectNode();
        mcp.properties()
                .forEach(entry -> dumped.set(
                        Map.of("structuredContent", "structured_content", "_meta", "meta")
                                .getOrDefault(entry.getKey(), entry.getKey()),
                        entry.getValue()));
        return text(dumped.put("data", "python's own"));
    }

    private void step(ServerWebSocket socket, ObjectNode action) {
        if (action.has("move")) {
            move(socket, action);
            return;
        }
        if (hasOwnAction()) {
            socket.writeTextMessage(error("VALIDATION_ERROR", "Invalid message"));
            return;
        }
        String tool = action.path("tool_name").asText("list_tools");
        switch (tool) {
            case "list_tools" -> observed(socket, "{\"tools\":" + tools(true) + "}", "null");
            case "hang" -> {} // never answered
            case "die" -> socket.close((short) 1011);
            case "cut" ->
                socket.writeFrame(io.vertx.core.http.WebSocketFrame.textFrame("{\"type\":", false))
                        .onComplete(ignored -> socket.close((short) 1000));
            case "garbage" -> socket.writeTextMessage("not json");
            case "array" -> socket.writeTextMessage("[]");
            case "no data" -> socket.writeTextMessage("{\"type\":\"observation\"}");
            case "other type" -> send(socket, "state", "{}");
            case "no observation" -> send(socket, "observation", "{\"reward\":1}");
            case "odd reward" -> observed(socket, "{\"tool_name\":\"x\",\"result\":1}", "\"much\"");
            case "binary" -> socket.writeBinaryMessage(Buffer.buffer("{}"));
            case "ended" -> socket.writeTextMessage(error("SESSION_ERROR", "gone"));
            case "raise" -> socket.writeTextMessage(error("EXECUTION_ERROR", "it went wrong"));
            case "fail" ->
                observed(
                        socket,
                        "{\"tool_name\":\"fail\",\"result\":null,\"error\":{\"error_type\":\"execution_error\",\"message\":\"it failed\"}}",
                        "null");
            case "twice" -> {
                observed(socket, "{\"tool_name\":\"twice\",\"result\":\"first\",\"error\":null}", "1");
                observed(socket, "{\"tool_name\":\"twice\",\"result\":\"second\",\"error\":null}", "2");
            }
            case "last" ->
                send(
                        socket,
                        "observation",
                        "{\"observation\":{\"tool_name\":\"last\",\"result\":7,\"error\":null,\"extra\":[1.10]},\"reward\":3,\"done\":true,"
                                + "\"metadata\":{\"why\":\"won\"}}");
            case "nan" -> observed(socket, "{\"tool_name\":\"nan\",\"result\":NaN,\"error\":null}", "NaN");
            case "big" ->
                observed(
                        socket, "{\"tool_name\":\"big\",\"result\":\"" + BIG.repeat(20) + "\",\"error\":null}", "null");
            default ->
                observed(
                        socket,
                        "{\"tool_name\":\"" + tool + "\",\"result\":" + result(action.path("arguments"))
                                + ",\"error\":null}",
                        "null");
        }
    }

    private void move(ServerWebSocket socket, ObjectNode action) {
        if (action.path("move").asText().equals("raise")) {
            socket.writeTextMessage(error("EXECUTION_ERROR", "not a move"));
            return;
        }
        observed(socket, "{\"board\":[1,2],\"took\":" + text(action) + "}", "true");
    }

    private static void observed(ServerWebSocket socket, String observation, String reward) {
        send(socket, "observation", "{\"observation\":" + observation + ",\"reward\":" + reward + ",\"done\":false}");
    }

    private static void send(ServerWebSocket socket, String type, String data) {
        socket.writeTextMessage("{\"type\":\"" + type + "\",\"data\":" + data + "}");
    }

    private static String error(String code, String message) {
        return "{\"type\":\"error\",\"data\":{\"message\":\"" + message + "\",\"code\":\"" + code + "\"}}";
    }

    private static String text(JsonNode tree) {
        return new String(StrictJson.bytes(tree), UTF_8);
    }
}
