package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stepgate.gateway.identity.token.FakeIssuer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a caller shows stays here: a real upstream keeps every byte it is sent, through every face. */
@QuarkusTest
@TestProfile(LockedGateway.class)
@Timeout(120)
class CallerTokenIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CANARY = "canary-of-the-caller";
    private static final String ENVIRONMENT = "/envs/recorded";

    private final FakeIssuer issuer = LockedGateway.issuer();
    private final RecordingUpstream upstream = LockedGateway.upstream();
    private final HttpClient client = HttpClient.newHttpClient();

    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    @Test
    void sendsNoTokenAndNoCapabilityUpstreamThroughAnyFace() throws Exception {
        String token = token("episodes");
        byMcp(token);
        send(token, "POST", ENVIRONMENT + "/mcp", call("say", "by dialect"));
        send(token, "POST", ENVIRONMENT + "/reset", "{}");
        send(token, "POST", ENVIRONMENT + "/step", "{\"action\":" + action("by step") + "}");
        String[] shown = {"Authorization", "Bearer " + token, "X-Canary", CANARY};
        try (Frames frames = Frames.open(client, root.resolve(ENVIRONMENT + "/ws"), shown)) {
            frames.ask("{\"type\":\"step\",\"data\":" + action("by frame") + "}");
            frames.ask("{\"type\":\"mcp\",\"data\":" + call("say", "by mcp frame") + "}");
        }
        try (Frames frames = Frames.open(client, root.resolve(ENVIRONMENT + "/mcp"), shown)) {
            frames.ask(call("say", "by mcp socket"));
        }
        JsonNode created = json(send(
                token,
                "POST",
                "/episodes",
                "{\"env\":\"recorded\"}",
                token("episodes", List.of(LockedGateway.PUBLIC_URL + "/episodes"))));
        String base = URI.create(created.path("base_url").asText()).getPath();
        String agent = URI.create(created.path("mcp_url").asText()).getPath();
        send(token, "POST", base + "/step", "{\"action\":" + action("by base url") + "}");
        send(token, "POST", agent, call("say", "by mcp url"));

        String received = upstream.received();
        assertThat(received)
                .contains(
                        "by mcp\"",
                        "by dialect",
                        "by step",
                        "by frame",
                        "by mcp frame",
                        "by mcp socket",
                        "by base url",
                        "by mcp url");
        assertThat(received)
                .doesNotContain(token, signature(token), CANARY, base.substring(3), agent.split("/", -1)[2])
                .doesNotContainIgnoringCase("authorization:", "bearer", "cookie:", "forwarded:", "x-canary");
    }

    @Test
    void namesTheScopesOfATool() throws Exception {
        String little = token("tools:list tools:call");
        HttpResponse<String> answer = byMcp(little, call("write", "x"));
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElse(""))
                .contains("error=\"insufficient_scope\"")
                .contains("scope=\"tools:list tools:call desk:write\"")
                .contains("resource_metadata=");
        JsonNode dialect = json(send(little, "POST", ENVIRONMENT + "/mcp", call("write", "x")));
        assertThat(dialect.at("/error/code").asInt()).isEqualTo(-32603);
        assertThat(dialect.at("/error/data/code").asText()).isEqualTo("scope.missing");
        JsonNode more = json(byMcp(token("tools:list tools:call desk:write"), call("write", "x")));
        assertThat(more.at("/result/content/0/text").asText()).isEqualTo("said");
    }

    private void byMcp(String token) throws Exception {
        assertThat(byMcp(token, call("say", "by mcp")).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> byMcp(String token, String call) throws Exception {
        String initialize =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\"}}";
        HttpRequest.Builder opening = request(token, "POST", ENVIRONMENT + "/mcp", initialize)
                .header("Accept", "application/json, text/event-stream");
        String session = client.send(opening.build(), BodyHandlers.ofString())
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
        HttpRequest.Builder calling =
                request(token, "POST", ENVIRONMENT + "/mcp", call).header("Mcp-Session-Id", session);
        return client.send(calling.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String token, String method, String path, String body) throws Exception {
        return send(token, method, path, body, null);
    }

    private HttpResponse<String> send(String token, String method, String path, String body, @Nullable String other)
            throws Exception {
        HttpResponse<String> answer = client.send(
                request(other == null ? token : other, method, path, body).build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(method + " " + path + answer.body()).isIn(200, 201);
        return answer;
    }

    private HttpRequest.Builder request(String token, String method, String path, String body) {
        return HttpRequest.newBuilder(root.resolve(path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token)
                .header("Cookie", CANARY)
                .header("Proxy-Authorization", "Basic " + CANARY)
                .header("Forwarded", "for=" + CANARY)
                .header("X-Canary", CANARY)
                .method(method, BodyPublishers.ofString(body));
    }

    private String token(String scopes) {
        return token(scopes, List.of(LockedGateway.RECORDED));
    }

    private String token(String scopes, List<String> audiences) {
        return issuer.token(issuer.claims(audiences, scopes));
    }

    private static String signature(String token) {
        return token.substring(token.lastIndexOf('.') + 1);
    }

    private static String call(String tool, String text) {
        return "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":{\"text\":\"" + text + "\"}}}";
    }

    private static String action(String text) {
        return "{\"type\":\"call_tool\",\"tool_name\":\"say\",\"arguments\":{\"text\":\"" + text + "\"}}";
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return JSON.readTree(answer.body());
    }
}
