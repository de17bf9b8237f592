package dev.stepgate.adapter.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.FakeTools;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.CallToolResult;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An MCP server on loopback with a session, and with vices, each the name of a tool. */
final class FakeHttpServer implements AutoCloseable {
    private final boolean streams;
    private final HttpServer server;
    private final AtomicInteger sessions = new AtomicInteger();

    /** Bodies of what came, in order, and the headers of the last request with lower-case names. */
    final List<String> received = new CopyOnWriteArrayList<>();

    /** Whether it has no sessions, and is hard to convince of the revision that it speaks. */
    volatile boolean stateless;

    volatile Map<String, String> lastHeaders = Map.of();
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();

    /** @param streams whether answers are event streams */
    FakeHttpServer(Vertx vertx, boolean streams) {
        this.streams = streams;
        this.server = vertx.createHttpServer()
                .connectionHandler(connection -> connections.incrementAndGet())
                .requestHandler(request -> request.body().onSuccess(body -> answer(request, body)))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.actualPort() + "/mcp");
    }

    /** Forgets the session, as a server that was started again does. */
    void restart() {
        sessions.incrementAndGet();
    }

    @Override
    public void close() {
        server.close().toCompletionStage().toCompletableFuture().join();
    }

    private void answer(HttpServerRequest request, Buffer body) {
        Map<String, String> headers = new TreeMap<>();
        request.headers().forEach((name, value) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), value));
        lastHeaders = headers;
        received.add(request.method() + " " + body.toString(UTF_8));
        if (request.method().equals(HttpMethod.DELETE)) {
            request.response().end();
            return;
        }
        JsonNode message = StrictJson.parse(body.getBytes());
        String method = message.path("method").asText();
        if (stateless) {
            stateless(request, message, method);
            return;
        }
        if (!method.equals("initialize") && !session().equals(request.getHeader("Mcp-Session-Id"))) {
            request.response().setStatusCode(404).end("no such session");
            return;
        }
        switch (method) {
            case "initialize" -> {
                request.response().putHeader("Mcp-Session-Id", session());
                result(request, message, "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{}}");
            }
            case "tools/list" -> list(request, message);
            case "tools/call" -> call(request, message);
            default -> request.response().setStatusCode(202).end();
        }
    }

    /** Refuses the first request for its revision, and lists that very revision as spoken. */
    private void stateless(HttpServerRequest request, JsonNode message, String method) {
        if (received.size() == 1) {
            request.response()
                    .setStatusCode(400)
                    .end(
                            "{\"jsonrpc\":\"2.0\",\"id\":" + message.get("id")
                                    + ",\"error\":{\"code\":-32022,\"message\":\"no\",\"data\":{\"supported\":[\"2026-07-28\"]}}}");
            return;
        }
        switch (method) {
            case "server/discover" ->
                result(request, message, "{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"tools\":{}}}");
            case "tools/call" -> call(request, message);
            default -> request.response().setStatusCode(404).end();
        }
    }

    private String session() {
        return "session-" + sessions.get();
    }

    private void list(HttpServerRequest request, JsonNode message) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("tools").addAll(FakeTools.definitions());
        result(request, message, result);
    }

    private void call(HttpServerRequest request, JsonNode message) {
        calls.incrementAndGet();
        HttpServerResponse response = request.response();
        switch (message.at("/params/name").asText()) {
            case "hang" -> {}
            case "die" -> request.connection().close();
            case "cut" -> {
                response.putHeader("Content-Length", "100").write("{\"jsonrpc\":");
                request.connection().close();
            }
            case "garbage" ->
                response.putHeader("Content-Type", "application/json").end("<html>");
            case "wrong id" -> response.end("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"content\":[]}}");
            case "no content" -> result(request, message, "{\"ok\":true}");
            case "redirect" ->
                response.setStatusCode(307).putHeader("Location", "/elsewhere").end();
            case "accepted" -> response.setStatusCode(202).end();
            case "status 500" -> response.setStatusCode(500).end("<html>");
            case "error 400" -> response.setStatusCode(400).end(error(message));
            case "error" -> response.end(error(message));
            case "endless" -> endless(response.setChunked(true));
            case "endless event" -> endless(response.setChunked(true).putHeader("Content-Type", "text/event-stream"));
            case "silent end" ->
                response.putHeader("Content-Type", "text/event-stream").end(": nothing\n\n");
            case "chatty" -> chatty(response, message);
            case String tool ->
                result(request, message, FakeTools.call(tool, (ObjectNode) message.at("/params/arguments")));
        }
    }

    private static String error(JsonNode message) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + message.get("id")
                + ",\"error\":{\"code\":-32602,\"message\":\"Unknown tool: x\"}}";
    }

    private static void endless(HttpServerResponse response) {
        Buffer much = Buffer.buffer("a".repeat(1 << 20));
        response.write(much).onSuccess(ignored -> endless(response));
    }

    /** Progress, a ping and the answer to somebody else, before ours, and the stream is not ended. */
    private static void chatty(HttpServerResponse response, JsonNode message) {
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                .write("""
                        : hello

                        id: 1
                        retry: 10
                        data:

                        data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}

                        data: {"jsonrpc":"2.0","id":"p","method":"ping"}

                        data: {"jsonrpc":"2.0","id":0,"result":{"content":[]}}

                        """)
                .compose(ignored -> response.write(event(message, CallToolResult.text("at last", false))));
    }

    private void result(HttpServerRequest request, JsonNode message, String result) {
        result(request, message, FakeTools.object(result));
    }

    private void result(HttpServerRequest request, JsonNode message, ObjectNode result) {
        if (streams) {
            request.response().putHeader("Content-Type", "text/event-stream").end(event(message, result));
        } else {
            request.response().putHeader("Content-Type", "application/json").end(answer(message, result));
        }
    }

    private static String event(JsonNode message, ObjectNode result) {
        return "event: message\ndata: " + answer(message, result) + "\n\n";
    }

    private static String answer(JsonNode message, ObjectNode result) {
        ObjectNode answer = FakeTools.object("{\"jsonrpc\":\"2.0\"}");
        answer.set("id", message.get("id"));
        answer.set("result", result);
        return new String(StrictJson.bytes(answer), UTF_8);
    }
}
