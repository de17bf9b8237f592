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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Policies at a running gateway: approvals, reloads, scopes and claims. */
@QuarkusTest
@TestProfile(GovernedGateway.class)
@TestMethodOrder(OrderAnnotation.class)
@Timeout(300)
class PolicyIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String AGENT = "tools:list tools:call";

    private final FakeIssuer issuer = GovernedGateway.issuer();
    private final HttpClient client = HttpClient.newHttpClient();

    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    /** First, because no reload is taken while any policy is broken. */
    @Test
    @Order(1)
    void revivesAnEnvironmentWhosePolicyIsMended() throws Exception {
        JsonNode broken = json(send("GET", "/envs/mended", "", operator()));
        assertThat(broken.path("available").asBoolean()).isFalse();
        assertThat(broken.path("reason").asText())
                .contains("its policy is refused")
                .contains("mended.yaml:4:");
        HttpResponse<String> refused = reload();
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(json(refused).path("problems").get(0).asText())
                .contains("mended.yaml:4:")
                .contains("s.echo_message");
        assertThat(json(refused).path("policies").path("reloaded").asText()).isEqualTo("reloaded@1");

        GovernedGateway.writePolicy(GovernedGateway.MENDED, 2, "s.echo_message: { allow: [ { id: any } ] }");

        assertThat(reload().statusCode()).isEqualTo(200);
        Session session = session("mended", token("agent-1", AGENT, Map.of()));
        assertThat(session.text("echo_message", "up")).isEqualTo("up");
    }

    @Test
    @Order(2)
    void makesACallThatSomebodyElseApprovesWhileItWaits() throws Exception {
        Session session = session("asked", token("agent-2", AGENT, Map.of()));
        CompletableFuture<JsonNode> waiting = session.later("echo_message", "approve me");
        JsonNode question = question("approve me");

        assertThat(question.path("by").asText()).isEqualTo("editor");
        assertThat(question.path("reason").asText()).isEqualTo("it is public");
        assertThat(question.path("env").asText()).isEqualTo("asked");
        assertThat(answer(question, "approve", editor("ed")).statusCode()).isEqualTo(204);
        assertThat(text(waiting.get(60, TimeUnit.SECONDS))).isEqualTo("approve me");
        assertThat(answer(question, "approve", editor("ed")).statusCode()).isEqualTo(404);
    }

    @Test
    @Order(2)
    void refusesACallThatSomebodyElseRefuses() throws Exception {
        Session session = session("asked", token("agent-3", AGENT, Map.of()));
        CompletableFuture<JsonNode> waiting = session.later("echo_message", "refuse me");

        assertThat(answer(question("refuse me"), "refuse", editor("ed")).statusCode())
                .isEqualTo(204);
        JsonNode result = waiting.get(60, TimeUnit.SECONDS).path("result");
        assertThat(result.path("isError").asBoolean()).isTrue();
        assertThat(code(result)).isEqualTo("approval.refused");
        assertThat(result.toString()).doesNotContain("editor").doesNotContain("it is public");
    }

    @Test
    @Order(2)
    void takesTheAnswerOfNobodyWithoutTheRoleAndNotTheCallersOwn() throws Exception {
        String both = token("agent-4", AGENT, Map.of("roles", List.of("editor")));
        Session session = session("asked", both);
        CompletableFuture<JsonNode> waiting = session.later("echo_message", "own");
        JsonNode question = question("own");

        assertThat(answer(question, "approve", both).statusCode()).isEqualTo(403);
        assertThat(answer(question, "approve", token("agent-5", AGENT, Map.of()))
                        .statusCode())
                .isEqualTo(403);
        assertThat(answer(question, "approve", token("agent-5", AGENT, Map.of("roles", List.of("Editor"))))
                        .statusCode())
                .isEqualTo(403);
        assertThat(open(both)).noneMatch(one -> one.path("id").equals(question.path("id")));
        assertThat(answer(question, "maybe", editor("ed")).statusCode()).isEqualTo(400);
        assertThat(waiting).isNotDone();
        assertThat(answer(question, "approve", operator()).statusCode()).isEqualTo(204);
        assertThat(text(waiting.get(60, TimeUnit.SECONDS))).isEqualTo("own");
    }

    @Test
    @Order(2)
    void resumesACallThatWasAnsweredAfterItsDeadline() throws Exception {
        Session session = session("asked", token("agent-6", AGENT, Map.of()));
        JsonNode first = session.call("echo_message", "later").path("result");
        assertThat(code(first)).isEqualTo("approval.required");
        assertThat(first.path("content").get(0).path("text").asText()).contains("make it again later");

        assertThat(answer(question("later"), "approve", editor("ed")).statusCode())
                .isEqualTo(204);
        // What waited took no place: the one concurrent call is free for it.
        assertThat(session.text("echo_message", "later")).isEqualTo("later");
        CompletableFuture<JsonNode> again = session.later("echo_message", "later");
        answer(question("later"), "refuse", editor("ed"));
        assertThat(code(again.get(60, TimeUnit.SECONDS).path("result"))).isEqualTo("approval.refused");
    }

    @Test
    @Order(2)
    void reloadsAHundredTimesUnderLoadWithoutAFailedOrMixedCall() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        String token = token("trainer-1", "episodes tools:list tools:call", Map.of());
        String id = json(send("POST", "/episodes", "{\"env\":\"reloaded\"}", token))
                .path("episode_id")
                .asText();
        List<CompletableFuture<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Session session = session("reloaded", token);
            callers.add(CompletableFuture.supplyAsync(
                    () -> {
                        int calls = 0;
                        while (!stopped.get()) {
                            String said = "c" + calls++;
                            JsonNode answer = session.call("echo_message", said);
                            if (!said.equals(text(answer))) {
                                wrong.add(answer.toString());
                            }
                        }
                        return calls;
                    },
                    task -> Thread.ofVirtual().start(task)));
        }
        for (int version = 2; version <= 101; version++) {
            GovernedGateway.writePolicy("reloaded", version, GovernedGateway.reloadedTools(version));
            HttpResponse<String> reloaded = reload();
            assertThat(json(reloaded).path("policies").path("reloaded").asText())
                    .as(reloaded.body())
                    .isEqualTo("reloaded@" + version);
        }
        stopped.set(true);
        int calls = 0;
        for (CompletableFuture<Integer> caller : callers) {
            calls += caller.get(60, TimeUnit.SECONDS);
        }

        assertThat(wrong).isEmpty();
        assertThat(calls).isGreaterThan(100);
        List<String> decided = GovernedJournal.policiesAndRules(GovernedGateway.data(), "reloaded");
        assertThat(decided).hasSizeGreaterThanOrEqualTo(2 * calls);
        assertThat(decided).allMatch(line -> line.matches("reloaded@(\\d+) rule-\\1"));
        assertThat(decided.stream().distinct().count()).isGreaterThan(10);
        assertThat(send("DELETE", "/episodes/" + id, "", token).statusCode()).isEqualTo(204);
    }

    @Test
    @Order(2)
    void namesTheScopesOfAToolInTheChallengeOfItsCall() throws Exception {
        Session session = session("stepped", token("agent-7", AGENT + " say:loud", Map.of()));
        HttpResponse<String> answer = session.send("echo_message", "hey");

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                .startsWith("Bearer ")
                .contains("error=\"insufficient_scope\"")
                .contains("scope=\"tools:list tools:call say:all say:loud\"")
                .contains("resource_metadata=\"" + GovernedGateway.PUBLIC_URL
                        + "/.well-known/oauth-protected-resource/envs/stepped/mcp\"");
        assertThat(answer.body()).doesNotContain("any");
        Session more = session("stepped", token("agent-7", AGENT + " say:all say:loud", Map.of()));
        assertThat(more.text("echo_message", "hey")).isEqualTo("hey");
        HttpResponse<String> dialect =
                send("POST", "/envs/stepped/mcp", message("echo_message", "hey"), token("agent-7", AGENT, Map.of()));
        assertThat(dialect.statusCode()).isEqualTo(200);
        assertThat(json(dialect).path("error").path("data").path("code").asText())
                .isEqualTo("scope.missing");
    }

    @Test
    @Order(2)
    void decidesByTheClaimsOfTheToken() throws Exception {
        Map<String, Object> team = Map.of("team", Map.of("name", "docs"), "level", 3);
        JsonNode allowed = session("stepped", token("agent-8", AGENT, team)).call("echo_with_length", "docs");
        assertThat(allowed.path("result").path("isError").asBoolean()).isFalse();
        assertThat(allowed.toString()).doesNotContain("docs").contains("[withheld]");

        assertThat(codeOf("agent-8", team, "web")).isEqualTo("policy.denied");
        assertThat(codeOf("agent-8", Map.of("team", Map.of("name", "docs"), "level", 2), "docs"))
                .isEqualTo("policy.denied");
        // What a token does not say, or says in another form, cannot be decided by.
        assertThat(codeOf("agent-9", Map.of(), "docs")).isEqualTo("policy.error");
        assertThat(codeOf("agent-9", Map.of("team", "docs", "level", 3), "docs"))
                .isEqualTo("policy.error");
    }

    private String codeOf(String subject, Map<String, Object> claims, String message) throws Exception {
        return code(session("stepped", token(subject, AGENT, claims))
                .call("echo_with_length", message)
                .path("result"));
    }

    private HttpResponse<String> reload() throws Exception {
        return send("POST", "/policies/reload", "", operator());
    }

    /** The open question that asks for a message, once it is there. */
    private JsonNode question(String message) throws Exception {
        while (true) {
            for (JsonNode one : open(editor("ed"))) {
                if (one.path("arguments").path("message").asText().equals(message)) {
                    return one;
                }
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private List<JsonNode> open(String token) throws Exception {
        List<JsonNode> open = new ArrayList<>();
        json(send("GET", "/approvals", "", token)).path("approvals").forEach(open::add);
        return open;
    }

    private HttpResponse<String> answer(JsonNode question, String decision, String token) throws Exception {
        String path = "/approvals/" + question.path("id").asText();
        return send("POST", path, "{\"decision\":\"" + decision + "\"}", token);
    }

    private String editor(String subject) {
        return token(subject, "tools:list", Map.of("roles", List.of("editor")));
    }

    private String operator() {
        return token("op", "operate", Map.of());
    }

    private String token(String subject, String scope, Map<String, Object> more) {
        List<String> audiences = new ArrayList<>(List.of("episodes", "q"));
        List.of("asked", "reloaded", "mended", "stepped").forEach(name -> audiences.add("envs/" + name + "/mcp"));
        audiences.replaceAll(path -> GovernedGateway.PUBLIC_URL + "/" + path);
        Map<String, Object> claims = issuer.claims(audiences, scope);
        claims.put("sub", subject);
        claims.putAll(more);
        return issuer.token(claims);
    }

    /** An agent's MCP session. */
    private final class Session {
        private final String path;
        private final String token;
        private final String id;

        Session(String path, String token, String id) {
            this.path = path;
            this.token = token;
            this.id = id;
        }

        HttpResponse<String> send(String tool, String message) {
            try {
                HttpRequest.Builder request =
                        request("POST", path, message(tool, message), token).header("Mcp-Session-Id", id);
                return client.send(request.build(), BodyHandlers.ofString());
            } catch (IOException | InterruptedException failed) {
                throw new IllegalStateException(failed);
            }
        }

        JsonNode call(String tool, String message) {
            return json(send(tool, message));
        }

        String text(String tool, String message) {
            return PolicyIT.text(call(tool, message));
        }

        CompletableFuture<JsonNode> later(String tool, String message) {
            return CompletableFuture.supplyAsync(
                    () -> call(tool, message), task -> Thread.ofVirtual().start(task));
        }
    }

    private Session session(String environment, String token) throws Exception {
        String path = "/envs/" + environment + "/mcp";
        String initialize =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\"}}";
        HttpResponse<String> opened =
                client.send(request("POST", path, initialize, token).build(), BodyHandlers.ofString());
        return new Session(
                path, token, opened.headers().firstValue("Mcp-Session-Id").orElseThrow());
    }

    private static String message(String tool, String message) {
        return "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":{\"message\":\"" + message + "\"}}}";
    }

    private static String text(JsonNode answer) {
        return answer.path("result").path("content").path(0).path("text").asText();
    }

    private static String code(JsonNode result) {
        return result.path("_meta").path("dev.stepgate/code").asText();
    }

    private HttpResponse<String> send(String method, String path, String body, String token) throws Exception {
        return client.send(request(method, path, body, token).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String method, String path, String body, String token) {
        return HttpRequest.newBuilder(root.resolve(path))
                .timeout(Duration.ofSeconds(70))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (IOException malformed) {
            throw new IllegalStateException(answer.body(), malformed);
        }
    }
}
