import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** The least MCP server there can be over Streamable HTTP: one tool, no sessions. What everything else is compared with. */
public class Upstream {
    private static final String TOOL =
            "{\"name\":\"echo\",\"description\":\"Says it back\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\"}},\"required\":[\"message\"]}}";

    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
        vertx.createHttpServer()
                .requestHandler(request -> request.bodyHandler(body -> {
                    if (!request.method().name().equals("POST")) {
                        request.response().setStatusCode(405).end();
                        return;
                    }
                    JsonObject message = body.toJsonObject();
                    if (!message.containsKey("id")) {
                        request.response().setStatusCode(202).end();
                        return;
                    }
                    String result = switch (message.getString("method")) {
                        case "initialize" ->
                            "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"upstream\",\"version\":\"1\"}}";
                        case "tools/list" -> "{\"tools\":[" + TOOL + "]}";
                        default ->
                            new JsonObject()
                                    .put("content", new io.vertx.core.json.JsonArray()
                                            .add(new JsonObject()
                                                    .put("type", "text")
                                                    .put(
                                                            "text",
                                                            message.getJsonObject("params")
                                                                    .getJsonObject("arguments")
                                                                    .getString("message"))))
                                    .encode();
                    };
                    request.response()
                            .putHeader("Content-Type", "application/json")
                            .end(Buffer.buffer("{\"jsonrpc\":\"2.0\",\"id\":" + message.getValue("id") + ",\"result\":"
                                    + result + "}"));
                }))
                .listen(Integer.parseInt(args[0]), "127.0.0.1")
                .onSuccess(server -> System.out.println("listening"));
    }
}
