package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stepgate.json.StrictJson;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A gateway whose one upstream lets nobody in without a bearer token, and tells the agent every header it got. */
public final class CredentialedGateway implements QuarkusTestProfile {
    static final String SECRET = "tok-7hQ2xV9mK4zR8wL1";
    static final String KEY = "key-3nB8tY6pW0sD5fJ2";
    static final Path FOLDER = Path.of("target/credentialed").toAbsolutePath();

    /** The `Authorization` of each request that the upstream got. */
    static final List<String> SEEN = new CopyOnWriteArrayList<>();

    /** What the server got that the upstream sends callers on to. */
    static final List<String> ELSEWHERE = new CopyOnWriteArrayList<>();

    /** The arguments of each call of `pay` that the upstream got. */
    static final List<JsonNode> PAID = new CopyOnWriteArrayList<>();

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "stepgate.data", FOLDER.resolve("data").toString(),
                "stepgate.environments", FOLDER.resolve("environments").toString(),
                "stepgate.policies", FOLDER.resolve("policies").toString(),
                "stepgate.secrets.file", FOLDER.resolve("secrets.json").toString(),
                "stepgate.secrets.training", "team",
                "stepgate.env", "told,shy");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(Running.class));
    }

    /** The upstream, and the files that name it. */
    public static final class Running implements QuarkusTestResourceLifecycleManager {
        private static final String PAY = """
                {"name": "pay", "description": "Pays", "inputSchema": {
                  "type": "object",
                  "properties": {
                    "amount": {"type": "integer"},
                    "auth": {"type": "object", "properties": {"api_key": {"type": "string"}}, "required": ["api_key"]}},
                  "required": ["amount", "auth"]}}
                """;

        private @Nullable HttpServer server;
        private @Nullable HttpServer elsewhere;

        @Override
        public Map<String, String> start() {
            try {
                HttpServer started = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                other.createContext("/", Running::elsewhere);
                other.start();
                elsewhere = other;
                started.createContext("/mcp", this::handle);
                started.start();
                server = started;
                write("environments/told/openenv.yaml", """
                        name: told
                        stepgate:
                          upstreams: { web: { http: { url: "http://127.0.0.1:%1$d/mcp" }, revision: "2025-11-25" } }
                          credentials:
                            bot:
                              source: { kv2: team/bot, field: token }
                              inject: { header: Authorization, format: "Bearer {}" }
                              bind: { upstream: web, hosts: [ "127.0.0.1:%1$d" ], paths: [ /mcp ] }
                            key:
                              source: { kv2: team/bot, field: key }
                              inject: { arg: /auth/api_key }
                              bind: { upstream: web, hosts: [ "127.0.0.1:%1$d" ], tools: [ pay ] }
                        """.formatted(
                                started.getAddress().getPort()));
                write("environments/shy/openenv.yaml", """
                        name: shy
                        stepgate:
                          upstreams: { web: { http: { url: "http://127.0.0.1:%1$d/mcp" }, revision: "2025-11-25" } }
                          credentials:
                            bot:
                              source: { kv2: team/bot, field: token }
                              inject: { header: Authorization, format: "Bearer {}" }
                              bind: { upstream: web, hosts: [ "127.0.0.1:%1$d" ], tools: [ tell ], session: true }
                        """.formatted(
                                started.getAddress().getPort()));
                write("policies/shy.yaml", """
                        policy: { name: shy, version: 1 }
                        env: shy
                        tools: { web.tell: { allow: [ { id: any } ] } }
                        """);
                write("policies/told.yaml", """
                        policy: { name: told, version: 1 }
                        env: told
                        tools:
                          web.tell: { allow: [ { id: any } ], credential: bot }
                          web.pay: { allow: [ { id: any } ] }
                          web.leave: { allow: [ { id: any } ] }
                        """);
                Files.setPosixFilePermissions(
                        write(
                                "secrets.json",
                                "{\"team/bot\": {\"token\": \"" + SECRET + "\", \"key\": \"" + KEY + "\"}}"),
                        PosixFilePermissions.fromString("rw-------"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Map.of();
        }

        private static Path write(String file, String text) throws IOException {
            Path path = FOLDER.resolve(file);
            Path folder = path.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            return Files.writeString(path, text);
        }

        private static void elsewhere(HttpExchange exchange) throws IOException {
            try (exchange) {
                ELSEWHERE.add(exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders().entrySet());
                exchange.sendResponseHeaders(200, -1);
            }
        }

        private static void answer(HttpExchange exchange, ObjectNode answer) throws IOException {
            byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }

        private void handle(HttpExchange exchange) throws IOException {
            try (exchange) {
                String authorization =
                        String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
                SEEN.add(authorization);
                byte[] body = exchange.getRequestBody().readAllBytes();
                if (!authorization.equals("Bearer " + SECRET)) {
                    exchange.sendResponseHeaders(401, -1);
                    return;
                }
                JsonNode message = body.length == 0 ? JsonNodeFactory.instance.objectNode() : StrictJson.parse(body);
                if (!message.has("id")) {
                    exchange.sendResponseHeaders(202, -1);
                    return;
                }
                if (message.path("params").path("name").asText().equals("leave") && elsewhere != null) {
                    exchange.getResponseHeaders()
                            .set(
                                    "Location",
                                    "http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/mcp");
                    exchange.sendResponseHeaders(307, -1);
                    return;
                }
                ObjectNode answer = JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0");
                answer.set("id", message.get("id"));
                answer.set("result", result(message, authorization));
                answer(exchange, answer);
            }
        }

        private static ObjectNode result(JsonNode message, String authorization) {
            ObjectNode result = JsonNodeFactory.instance.objectNode();
            switch (message.path("method").asText()) {
                case "initialize" -> {
                    result.put("protocolVersion", "2025-11-25").putObject("capabilities");
                    result.putObject("serverInfo").put("name", "teller").put("version", "1");
                }
                case "tools/list" -> {
                    ArrayNode tools = result.putArray("tools");
                    tools.addObject()
                            .put("name", "tell")
                            .put("description", "Tells headers, as " + authorization)
                            .putObject("inputSchema")
                            .put("type", "object");
                    tools.addObject()
                            .put("name", "leave")
                            .put("description", "Sends callers on")
                            .putObject("inputSchema")
                            .put("type", "object");
                    tools.add(StrictJson.parse(PAY.getBytes(StandardCharsets.UTF_8)));
                }
                case "tools/call" -> {
                    JsonNode arguments = message.path("params").path("arguments");
                    String text = "you sent " + authorization;
                    if (message.path("params").path("name").asText().equals("pay")) {
                        PAID.add(arguments);
                        text = "you paid with " + arguments;
                    }
                    result.putArray("content").addObject().put("type", "text").put("text", text);
                }
                default ->
                    throw new IllegalArgumentException(message.path("method").asText());
            }
            return result;
        }

        @Override
        public void stop() {
            if (server != null) {
                server.stop(0);
            }
            if (elsewhere != null) {
                elsewhere.stop(0);
            }
        }
    }
}
