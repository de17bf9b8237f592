package dev.stepgate.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A running gateway with the bundled echo environment, from outside, with nothing but the JDK's own clients. */
@QuarkusTest
@Timeout(60)
class ServingIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INITIALIZE = """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},\
            "clientInfo":{"name":"test","version":"1"}}}""";

    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void listsWhatItServes() throws Exception {
        JsonNode echo = json(get("/envs/echo"));
        assertThat(echo.path("available").asBoolean()).isTrue();
        assertThat(echo.path("tools")).hasSize(2);
        assertThat(json(get("/health")).path("status").asText()).isEqualTo("healthy");
        assertThat(get("/q/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void servesMcpInASession() throws Exception {
        HttpResponse<String> opened = mcp(INITIALIZE, null);
        String session = opened.headers().firstValue("Mcp-Session-Id").orElseThrow();
        JsonNode result = json(mcp(call("echo_message", "hi"), session)).path("result");
        assertThat(result.path("content").get(0).path("text").asText()).isEqualTo("hi");
        assertThat(json(mcp(call("nosuch", "hi"), session))
                        .path("error")
                        .path("code")
                        .asInt())
                .isEqualTo(-32602);
        assertThat(send("DELETE", "/envs/echo/mcp", "", "Mcp-Session-Id", session)
                        .statusCode())
                .isEqualTo(204);
        assertThat(mcp(call("echo_message", "hi"), session).statusCode()).isEqualTo(404);
    }

    @Test
    void givesTheSameObservationOnEveryFaceOfAnEpisode() throws Exception {
        JsonNode episode = json(send("POST", "/episodes", "{\"env\":\"echo\"}"));
        String base = path(episode, "base_url");
        String agent = path(episode, "mcp_url");
        String session = send("POST", agent, INITIALIZE, ACCEPT)
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
        JsonNode byMcp = json(send("POST", agent, call("echo_message", "x"), with(ACCEPT, "Mcp-Session-Id", session)));
        JsonNode byDialect = json(send("POST", base + "/mcp", call("echo_message", "x")));
        JsonNode byStep = json(send("POST", base + "/step", "{\"action\":" + action("x") + "}", JSON_BODY));
        JsonNode bySocket = json(frames(base + "/ws", "{\"type\":\"step\",\"data\":" + action("x") + "}"));
        assertThat(byMcp.path("result").path("content"))
                .isEqualTo(byDialect.path("result").path("content"))
                .isEqualTo(byStep.path("observation").path("result").path("content"))
                .isEqualTo(
                        bySocket.path("data").path("observation").path("result").path("content"));
        assertThat(json(get(base + "/state")).path("step_count").asInt()).isEqualTo(4);
        String id = episode.path("episode_id").asText();
        String trajectory = get("/episodes/" + id + "/trajectory").body();
        assertThat(trajectory.lines().filter(line -> line.contains("\"type\":\"step\"")))
                .hasSize(4);
        assertThat(trajectory).doesNotContain("/e/");
    }

    /** Some megabytes, of which the gateway holds a few hundred kilobytes at a time; and a reader that has seen enough. */
    @Test
    void tellsATrajectoryThatIsLongerThanWhatItHoldsToASlowReader() throws Exception {
        JsonNode episode = json(send("POST", "/episodes", "{\"env\":\"echo\"}"));
        String long64k = "x".repeat(64 << 10);
        for (int i = 0; i < 30; i++) {
            send("POST", path(episode, "base_url") + "/step", "{\"action\":" + action(long64k) + "}", JSON_BODY);
        }
        URI uri = root.resolve("/episodes/" + episode.path("episode_id").asText() + "/trajectory");
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        for (boolean toTheEnd : new boolean[] {false, true}) {
            HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            long steps = 0;
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
                for (String line = lines.readLine(); line != null && (toTheEnd || steps < 2); line = lines.readLine()) {
                    Thread.sleep(5);
                    steps += json(line).path("type").asText().equals("step") ? 1 : 0;
                }
            }
            assertThat(steps).isEqualTo(toTheEnd ? 30 : 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/reset", "/step", "/state", "/ws", "/schema", "/metadata", "/mcp/x", ""})
    void refusesAnAgentsCapabilityEverywhereButOnMcp(String route) throws Exception {
        JsonNode episode = json(send("POST", "/episodes", "{\"env\":\"echo\"}"));
        String agent = path(episode, "mcp_url").replaceAll("/mcp$", "");
        assertThat(get(agent + route).statusCode()).isEqualTo(403);
        assertThat(send("POST", agent + route, "{}", JSON_BODY).statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "x", "", "5", "{\"jsonrpc\":\"2.0\"}", "{\"a\":1,\"a\":2}", "{}{}"})
    void answersWhatIsNoMessageInTheOpenEnvDialectWithStatus200(String body) throws Exception {
        HttpResponse<String> answer = send("POST", "/envs/echo/mcp", body);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).path("error").path("code").asInt()).isIn(-32600, -32700);
        assertThat(json(answer).path("jsonrpc").asText()).isEqualTo("2.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"type\":\"step\"}", "nonsense", "{\"type\":\"state\",\"x\":1}"})
    void goesOnAfterAFrameThatDoesNotFit(String frame) throws Exception {
        Frames frames = open("/envs/echo/ws");
        assertThat(json(frames.ask(frame)).path("type").asText()).isEqualTo("error");
        assertThat(json(frames.ask("{\"type\":\"state\"}")).path("type").asText())
                .isEqualTo("state");
    }

    @Test
    void refusesAForeignOrigin() throws Exception {
        HttpResponse<String> answer = send("POST", "/envs/echo/mcp", "{}", "Origin", "https://evil.example");
        assertThat(answer.statusCode()).isEqualTo(403);
    }

    private static final String[] JSON_BODY = {"Content-Type", "application/json"};
    private static final String[] ACCEPT = {
        "Content-Type", "application/json", "Accept", "application/json, text/event-stream"
    };

    private HttpResponse<String> mcp(String body, @Nullable String session) throws Exception {
        String[] headers = session == null ? ACCEPT : with(ACCEPT, "Mcp-Session-Id", session);
        return send("POST", "/envs/echo/mcp", body, headers);
    }

    private static String[] with(String[] headers, String name, String value) {
        String[] more = java.util.Arrays.copyOf(headers, headers.length + 2);
        more[headers.length] = name;
        more[headers.length + 1] = value;
        return more;
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path, "");
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String call(String tool, String message) {
        return "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":{\"message\":\"" + message + "\"}}}";
    }

    private static String action(String message) {
        return "{\"type\":\"call_tool\",\"tool_name\":\"echo_message\",\"arguments\":{\"message\":\"" + message
                + "\"}}";
    }

    /** URLs are handed out with the configured port; the test's own port is another. */
    private static String path(JsonNode episode, String key) {
        return URI.create(episode.path(key).asText()).getPath();
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    private static JsonNode json(String text) throws IOException {
        return JSON.readTree(text);
    }

    private String frames(String path, String frame) throws Exception {
        return open(path).ask(frame);
    }

    private Frames open(String path) throws Exception {
        return Frames.open(client, root.resolve(path));
    }
}
