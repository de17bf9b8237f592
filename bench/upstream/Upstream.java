import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The least MCP server over Streamable HTTP that is worth measuring in front of: one tool, one event loop, no checks. */
public final class Upstream {
    private static final JsonObject TOOL = new JsonObject()
            .put("name", "echo_message")
            .put("description", "Answers what it was told")
            .put(
                    "inputSchema",
                    new JsonObject()
                            .put("type", "object")
                            .put("properties", new JsonObject().put("message", new JsonObject().put("type", "string")))
                            .put("required", new JsonArray().add("message")));

    public static void main(String[] args) {
        int port = Integer.parseInt(args[0]);
        Vertx vertx = Vertx.vertx();
        vertx.createHttpServer()
                .requestHandler(Upstream::answer)
                .listen(port, "127.0.0.1")
                .onFailure(failure -> {
                    System.err.println("cannot listen: " + failure.getMessage());
                    System.exit(1);
                });
    }

    private static void answer(HttpServerRequest request) {
        if (request.method() != HttpMethod.POST) {
            request.response().setStatusCode(request.method() == HttpMethod.DELETE ? 204 : 405).end();
            return;
        }
        request.body().onSuccess(body -> answer(request, body.toJsonObject()));
    }

    private static void answer(HttpServerRequest request, JsonObject message) {
        if (!message.containsKey("id")) {
            request.response().setStatusCode(202).end();
            return;
        }
        Buffer answer = new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", message.getValue("id"))
                .put("result", result(message.getString("method"), message.getJsonObject("params", new JsonObject())))
                .toBuffer();
        request.response()
                .putHeader("Content-Type", "application/json")
                .putHeader("Mcp-Session-Id", "bench")
                .end(answer);
    }

    private static JsonObject result(String method, JsonObject params) {
        return switch (method) {
            case "initialize" -> new JsonObject()
                    .put("protocolVersion", "2025-11-25")
                    .put("capabilities", new JsonObject().put("tools", new JsonObject()))
                    .put("serverInfo", new JsonObject().put("name", "bench").put("version", "1"));
            case "tools/list" -> new JsonObject().put("tools", new JsonArray().add(TOOL));
            case "tools/call" -> new JsonObject()
                    .put("content", new JsonArray().add(new JsonObject()
                            .put("type", "text")
                            .put("text", params.getJsonObject("arguments").getString("message"))));
            default -> new JsonObject();
        };
    }
}
