package dev.stepgate.gateway.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.HeaderValue;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.tool.ParamHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The messages of one client over Streamable HTTP, with a session or without as the client has it. Thread-safe. */
final class GatewayConnection {
    private static final Limits LIMITS = Limits.MESSAGE.withMaxBytes(16 << 20).withMaxStringLength(16 << 20);
    private static final String SESSION = "Mcp-Session-Id";
    private static final String VERSION = "MCP-Protocol-Version";
    private static final int MOST_RESUMES = 100;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final HttpClient http;
    private final URI url;
    private final @Nullable String authorization;
    private final Consumer<JsonNode> client;
    private final Map<String, ParamHeaders> tools = new ConcurrentHashMap<>();
    private final Map<String, InputStream> streams = new ConcurrentHashMap<>();
    private volatile @Nullable String session;
    private volatile @Nullable String version;
    private volatile boolean closed;

    GatewayConnection(URI url, @Nullable String authorization, Consumer<JsonNode> client) {
        this.url = url;
        this.authorization = authorization;
        this.client = client;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }

    /** Sends one message and gives everything that is answered to the client. */
    void send(ObjectNode message) throws IOException, InterruptedException {
        if (cancels(message)) {
            return;
        }
        HttpResponse<InputStream> response = http.send(post(message), BodyHandlers.ofInputStream());
        boolean opens = "initialize".equals(message.path("method").textValue());
        if (opens && response.statusCode() == 200) {
            session = response.headers().firstValue(SESSION).orElse(null);
        }
        receive(message, response);
        if ("notifications/initialized".equals(message.path("method").textValue()) && session != null) {
            Thread.ofVirtual().name("background").start(this::background);
        }
    }

    /** Without a session the end of its stream is what cancels a request. */
    private boolean cancels(ObjectNode message) throws IOException {
        if (session != null
                || !"notifications/cancelled".equals(message.path("method").textValue())) {
            return false;
        }
        InputStream stream =
                streams.remove(message.path("params").path("requestId").toString());
        if (stream != null) {
            stream.close();
        }
        return true;
    }

    private HttpRequest post(ObjectNode message) {
        HttpRequest.Builder request = request().header("Content-Type", "application/json");
        JsonNode params = message.path("params");
        JsonNode stateless = params.path("_meta").path(ModernMeta.PROTOCOL_VERSION);
        if (stateless.isTextual()) {
            mirror(message, params, stateless.textValue(), request);
        } else {
            withSession(request);
        }
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(StrictJson.bytes(message)))
                .build();
    }

    private HttpRequest.Builder request() {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(url).header("Accept", "application/json, text/event-stream");
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return request;
    }

    private void withSession(HttpRequest.Builder request) {
        String id = session;
        String agreed = version;
        if (id != null) {
            request.header(SESSION, id);
        }
        if (agreed != null) {
            request.header(VERSION, agreed);
        }
    }

    private void mirror(ObjectNode message, JsonNode params, String revision, HttpRequest.Builder request) {
        String method = message.path("method").asText("");
        request.header(VERSION, revision).header("Mcp-Method", method);
        JsonNode name = method.equals("resources/read") ? params.path("uri") : params.path("name");
        if (name.isTextual()) {
            request.header("Mcp-Name", HeaderValue.encode(name.textValue()));
        }
        ParamHeaders marked = tools.get(name.asText(""));
        if (method.equals("tools/call") && marked != null && params.path("arguments") instanceof ObjectNode arguments) {
            marked.values(arguments)
                    .forEach((header, value) -> request.header(header, HeaderValue.encode(value.asText())));
        }
    }

    private void receive(ObjectNode message, HttpResponse<InputStream> response)
            throws IOException, InterruptedException {
        String type = response.headers().firstValue("Content-Type").orElse("");
        JsonNode id = message.has("method") ? message.get("id") : null;
        try (InputStream body = response.body()) {
            if (type.startsWith("text/event-stream")) {
                stream(id, body);
            } else {
                plain(id, response.statusCode(), body.readAllBytes());
            }
        }
    }

    private void plain(@Nullable JsonNode id, int status, byte[] body) {
        if (id == null) {
            return; // nobody waits for what is said of a notification
        }
        try {
            JsonNode answer = StrictJson.parse(body, LIMITS);
            if (answer instanceof ObjectNode object && object.has("jsonrpc")) {
                deliver(id, object);
                return;
            }
        } catch (JsonProblem none) {
            // A page, or nothing.
        }
        client.accept(JsonRpcCodec.write(new JsonRpcMessage.Error(
                id, JsonRpcCode.INTERNAL_ERROR, "the gateway answered with status " + status, null)));
    }

    private void deliver(JsonNode id, ObjectNode answer) {
        if (answer.has("error") && answer.path("id").isNull()) {
            answer.set("id", id); // refused before its id was read; the client must find its request again
        }
        learn(answer.path("result"));
        client.accept(answer);
    }

    private void learn(JsonNode result) {
        JsonNode agreed = result.path("protocolVersion");
        if (agreed.isTextual()) {
            version = agreed.textValue();
        }
        for (JsonNode tool : result.path("tools")) {
            if (tool.path("inputSchema") instanceof ObjectNode schema) {
                ParamHeaders.of(schema)
                        .filter(headers -> !headers.isEmpty())
                        .ifPresent(headers -> tools.put(tool.path("name").asText(""), headers));
            }
        }
    }

    private void stream(@Nullable JsonNode id, InputStream body) throws IOException, InterruptedException {
        EventReader events = new EventReader();
        String key = String.valueOf(id);
        streams.put(key, body);
        try {
            boolean answered = read(id, events, body);
            for (int i = 0; !answered && i < MOST_RESUMES && events.lastId() != null && session != null; i++) {
                answered = resume(id, events);
            }
            if (!answered && id != null) {
                client.accept(JsonRpcCodec.write(new JsonRpcMessage.Error(
                        id, JsonRpcCode.INTERNAL_ERROR, "the gateway ended its answer too early", null)));
            }
        } catch (IOException gone) {
            if (streams.containsKey(key)) { // else it was cancelled, and nobody waits
                throw gone;
            }
        } finally {
            streams.remove(key);
        }
    }

    private boolean resume(@Nullable JsonNode id, EventReader events) throws IOException, InterruptedException {
        Thread.sleep(PAUSE);
        HttpRequest.Builder request = request();
        withSession(request);
        request.header("Last-Event-ID", String.valueOf(events.lastId()));
        HttpResponse<InputStream> response = http.send(request.GET().build(), BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            return response.statusCode() == 200 && read(id, events, body);
        }
    }

    /** Whether the answer came. */
    private boolean read(@Nullable JsonNode id, EventReader events, InputStream body) throws IOException {
        for (byte[] data = events.next(body); data != null; data = events.next(body)) {
            ObjectNode message;
            try {
                message = (ObjectNode) StrictJson.parse(data, LIMITS);
            } catch (JsonProblem | ClassCastException none) {
                throw new IOException("the gateway sent an event that is no message");
            }
            boolean answer = !message.has("method") && message.path("id").equals(id);
            if (answer) {
                learn(message.path("result"));
            }
            client.accept(message);
            if (answer) {
                return true;
            }
        }
        return false;
    }

    /** What belongs to no request, for as long as the session lasts. */
    private void background() {
        EventReader events = new EventReader();
        while (!closed) {
            HttpRequest.Builder request = request();
            withSession(request);
            if (events.lastId() != null) {
                request.header("Last-Event-ID", events.lastId());
            }
            try {
                HttpResponse<InputStream> response = http.send(request.GET().build(), BodyHandlers.ofInputStream());
                try (InputStream body = response.body()) {
                    if (response.statusCode() != 200) {
                        return;
                    }
                    boolean _ = read(null, events, body);
                }
                Thread.sleep(PAUSE);
            } catch (IOException gone) {
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    void close() {
        closed = true;
        String id = session;
        if (id != null) {
            HttpRequest.Builder request = request();
            withSession(request);
            try {
                var _ = http.send(
                        request.timeout(Duration.ofSeconds(5)).DELETE().build(), BodyHandlers.discarding());
            } catch (IOException gone) {
                // It ends by itself when nobody uses it.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        http.shutdownNow();
    }
}
