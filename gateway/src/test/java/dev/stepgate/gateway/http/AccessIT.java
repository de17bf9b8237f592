package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stepgate.gateway.config.AssemblyHolder;
import dev.stepgate.gateway.http.AccessRoutes.Row;
import dev.stepgate.gateway.http.Route.Head;
import dev.stepgate.gateway.identity.Decision;
import dev.stepgate.gateway.identity.Decisions;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.gateway.identity.token.FakeIssuer;
import dev.stepgate.gateway.identity.token.TokenMutants;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let in where, at a running gateway that has an issuer. */
@QuarkusTest
@TestProfile(LockedGateway.class)
@Timeout(300)
class AccessIT {
    private static final Path DOCUMENT = Path.of("../docs/access-matrix.md");
    private static final List<String> EVERYTHING =
            List.of(LockedGateway.ECHO, LockedGateway.PUBLIC_URL + "/episodes", LockedGateway.PUBLIC_URL + "/q");
    private static final String EVERY_SCOPE = "tools:list tools:call episodes observe operate";

    private final FakeIssuer issuer = LockedGateway.issuer();
    private final HttpClient client = HttpClient.newHttpClient();

    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    @Inject
    AssemblyHolder holder;

    /**
     * A column of the matrix.
     *
     * @param here whether it may come to the environment at all
     * @param capability the path of an episode's URL in place of the environment's, or null
     */
    private record Caller(
            String name,
            @Nullable String token,
            Set<Role> roles,
            boolean here,
            @Nullable String capability) {
        Caller(String name, @Nullable String token, Set<Role> roles, boolean here) {
            this(name, token, roles, here, null);
        }

        boolean comesTo(Row row) {
            return capability == null || row.environment();
        }

        /** What it sends where a row says what is sent to the environment. */
        Row at(Row row) {
            String path = row.path();
            return new Row(
                    row.method(),
                    capability == null ? path : capability + path.substring("/envs/echo".length()),
                    row.body(),
                    row.right(),
                    row.dialectCode(),
                    row.environment());
        }
    }

    /** What came back. */
    private record Reply(int statusCode, String body) {}

    @Test
    void answersWithTheChallengeThatTheSituationAsksFor() throws Exception {
        String metadata = "resource_metadata=\"https://gw.example/.well-known/oauth-protected-resource/envs/echo/mcp\"";
        HttpResponse<String> none = send("POST", "/envs/echo/mcp", "{}", null);
        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(challenge(none)).isEqualTo("Bearer " + metadata + ", scope=\"tools:list\"");
        Map<String, Object> expired = issuer.claims(EVERYTHING, EVERY_SCOPE);
        expired.put("exp", java.time.Instant.now().getEpochSecond() - 60);
        HttpResponse<String> invalid = send("POST", "/envs/echo/mcp", "{}", issuer.token(expired));
        assertThat(invalid.statusCode()).isEqualTo(401);
        assertThat(challenge(invalid)).contains("error=\"invalid_token\"").contains(metadata);
        HttpResponse<String> wrong = send("POST", "/envs/echo/mcp", "{}", token(List.of("account"), EVERY_SCOPE));
        assertThat(challenge(wrong)).isEqualTo(challenge(invalid));
        HttpResponse<String> less = send("POST", "/envs/echo/reset", "{}", token(EVERYTHING, "tools:list tools:call"));
        assertThat(less.statusCode()).isEqualTo(403);
        assertThat(challenge(less)).contains("error=\"insufficient_scope\"").contains("scope=\"episodes\"");
        HttpResponse<String> query = send("GET", "/envs?access_token=x", "", token(EVERYTHING, EVERY_SCOPE));
        assertThat(query.statusCode()).isEqualTo(400);
        assertThat(challenge(query)).contains("error=\"invalid_request\"");
    }

    @Test
    void namesAllScopesOfAnMcpCallInOneChallenge() throws Exception {
        String lists = token(EVERYTHING, "tools:list");
        HttpRequest.Builder initialize = request(
                        "POST",
                        "/envs/echo/mcp",
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\"}}",
                        lists)
                .header("Accept", "application/json, text/event-stream");
        String session = client.send(initialize.build(), BodyHandlers.ofString())
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
        HttpRequest.Builder call = request(
                        "POST",
                        "/envs/echo/mcp",
                        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"echo_message\"}}",
                        lists)
                .header("Mcp-Session-Id", session);
        HttpResponse<String> answer = client.send(call.build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(challenge(answer)).contains("scope=\"tools:list tools:call\"");
    }

    @Test
    void servesTheMetadataOfEachResourceAndOfNoOther() throws Exception {
        var document = new ObjectMapper()
                .readTree(send("GET", "/.well-known/oauth-protected-resource/envs/echo/mcp", "", null)
                        .body());
        assertThat(document.path("resource").asText()).isEqualTo(LockedGateway.ECHO);
        assertThat(document.path("authorization_servers").get(0).asText()).isEqualTo(issuer.url());
        HttpResponse<String> unknown = send("GET", "/.well-known/oauth-protected-resource/envs/absent/mcp", "", null);
        assertThat(unknown.statusCode()).isEqualTo(200);
        for (String other : List.of("", "/", "/envs/echo", "/envs/ECHO/mcp", "/mcp", "/envs/echo/mcp/")) {
            assertThat(send("GET", "/.well-known/oauth-protected-resource" + other, "", null)
                            .statusCode())
                    .isEqualTo(404);
        }
        for (String ours : List.of("/authorize", "/token", "/register", "/.well-known/oauth-authorization-server")) {
            assertThat(send("GET", ours, "", null).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void acceptsNoMutantOfATokenAtAnyRoute() throws Exception {
        Map<String, String> mutants = TokenMutants.of(issuer, issuer.claims(EVERYTHING, EVERY_SCOPE));
        assertThat(mutants).hasSizeGreaterThanOrEqualTo(400);
        List<Row> locked =
                AccessRoutes.all().stream().filter(row -> row.right() != null).toList();
        List<String> accepted = new ArrayList<>();
        int tried = 0;
        for (Map.Entry<String, String> mutant : mutants.entrySet()) {
            if (!mutant.getValue().chars().allMatch(c -> c > 0x1f && c < 0x7f)) {
                continue; // cannot be a field's value; see the raw requests
            }
            for (Row route : locked) {
                int status = send(route, mutant.getValue()).statusCode();
                tried++;
                if (!Set.of(400, 401, 431, 503).contains(status)) {
                    accepted.add(mutant.getKey() + " at " + route.name() + ": " + status);
                }
            }
        }
        assertThat(tried).isGreaterThan(400 * locked.size());
        assertThat(accepted).isEmpty();
        assertThat(send("GET", "/envs", "", token(EVERYTHING, EVERY_SCOPE)).statusCode())
                .isEqualTo(200);
    }

    /** A route that is added without a row here fails this; a path that is no route is not found. */
    @Test
    void namesEveryRouteThereIs() {
        List<String> missing = new ArrayList<>();
        for (Route route : Route.values()) {
            for (String method : route.methods()) {
                String asked = route.plane() == Route.Plane.SOCKET ? "WS" : method;
                boolean named = AccessRoutes.all().stream()
                        .anyMatch(row -> row.method().equals(asked)
                                && row.route().equals(Optional.of(route))
                                && row.right() != null);
                if (!named) {
                    missing.add(asked + " " + route);
                }
            }
        }
        assertThat(missing).isEmpty();
        Set<Head> heads = EnumSet.of(Head.CAPABILITY); // that is the last two columns
        AccessRoutes.all().forEach(row -> row.head().ifPresent(heads::add));
        assertThat(heads).containsExactlyInAnyOrder(Head.values());
    }

    @Test
    void decidesEveryCellOfTheMatrixByTheOneFunction() throws Exception {
        String owner = token("owner", EVERYTHING, "episodes");
        String episode = created(owner).path("episode_id").asText();
        Decisions decisions = holder.assembly().gateway().authenticator().decisions();
        List<Caller> callers = callers(created(owner));
        Map<String, List<String>> table = new LinkedHashMap<>();
        for (Row route : AccessRoutes.all()) {
            List<String> cells = new ArrayList<>();
            for (Caller caller : callers) {
                if (!caller.comesTo(route)) {
                    cells.add("");
                    continue;
                }
                long before = total(decisions);
                Reply answer = send(caller.at(at(route, episode)), caller.token());
                assertThat(total(decisions) > before || route.right() == null)
                        .as(route.name() + " for " + caller.name())
                        .isTrue();
                boolean refused = isRefused(answer, route);
                assertThat(refused)
                        .as(route.name() + " for " + caller.name() + ": " + answer.statusCode())
                        .isEqualTo(!may(caller, route));
                cells.add(cell(answer, refused));
            }
            table.put(route.name(), cells);
        }
        assertThat(send("GET", "/episodes/" + episode, "", owner).statusCode()).isEqualTo(200);
        compareOrWrite(table, callers.stream().map(Caller::name).toList());
    }

    private JsonNode created(String owner) throws Exception {
        return new ObjectMapper()
                .readTree(send("POST", "/episodes", "{\"env\":\"echo\"}", owner).body());
    }

    private static boolean may(Caller caller, Row route) {
        if (route.right() == null) {
            return true;
        }
        if (caller.capability() != null && caller.roles().contains(Role.AGENT)) {
            return route.path().equals("/envs/echo/mcp") && !route.isUpgrade();
        }
        boolean right = caller.roles().stream().anyMatch(role -> Right.of(role).contains(route.right()));
        boolean shown = caller.token() != null || caller.capability() != null;
        return shown && right && (caller.here() || !route.environment());
    }

    /** @param created an episode whose two URLs are callers of their own */
    private List<Caller> callers(JsonNode created) {
        Map<String, Object> expired = issuer.claims(EVERYTHING, EVERY_SCOPE);
        expired.put("exp", java.time.Instant.now().getEpochSecond() - 60);
        List<String> elsewhere = List.of(LockedGateway.PUBLIC_URL + "/envs/other/mcp", LockedGateway.PUBLIC_URL + "/q");
        return List.of(
                new Caller("nobody", null, Set.of(), true),
                new Caller("expired", issuer.token(expired), Set.of(), true),
                new Caller("no scope", token(EVERYTHING, ""), Set.of(), true),
                new Caller("agent", token(EVERYTHING, "tools:list tools:call"), Set.of(Role.AGENT), true),
                new Caller("trainer", token(EVERYTHING, "episodes"), Set.of(Role.TRAINER), true),
                new Caller("observer", token(EVERYTHING, "observe"), Set.of(Role.OBSERVER), true),
                new Caller("operator", token(EVERYTHING, "operate"), Set.of(Role.OPERATOR), true),
                new Caller("all roles, other environment", token(elsewhere, EVERY_SCOPE), Set.of(Role.values()), false),
                new Caller("`base_url`", null, Set.of(Role.TRAINER), true, capability(created, "base_url")),
                new Caller("`mcp_url`", null, Set.of(Role.AGENT), true, capability(created, "mcp_url")));
    }

    private static String capability(JsonNode created, String url) {
        String path = URI.create(created.path(url).asText()).getPath();
        return url.equals("mcp_url") ? path.substring(0, path.length() - "/mcp".length()) : path;
    }

    private static boolean isRefused(Reply answer, Row route) {
        String code = route.dialectCode();
        return answer.statusCode() == 401
                || answer.statusCode() == 403
                || (code != null && answer.body().contains(code));
    }

    private static String cell(Reply answer, boolean refused) {
        boolean inBand = refused && answer.statusCode() == 200;
        return inBand ? "refused in band" : String.valueOf(answer.statusCode());
    }

    private static long total(Decisions decisions) {
        long total = 0;
        for (Right right : Right.values()) {
            for (Decision decision : Decision.values()) {
                total += decisions.of(right, decision);
            }
        }
        return total;
    }

    private void compareOrWrite(Map<String, List<String>> table, List<String> names) throws IOException {
        StringBuilder text = new StringBuilder("""
                # Access matrix

                Written by the tests from the answers of a running gateway that has an issuer; a test fails when it is out of date
                (`./mvnw verify -DwriteDocs` writes it anew). The rows name another trainer's episode, which shows as 404.
                A refusal that keeps the envelope of OpenEnv's dialect is "refused in band". `WS` is a handshake; the last two columns send
                the same below an episode's URL, without a token.

                """);
        text.append("| route | takes | ").append(String.join(" | ", names)).append(" |\n|");
        text.append(" --- |".repeat(names.size() + 2)).append('\n');
        for (Row route : AccessRoutes.all()) {
            text.append("| `")
                    .append(route.name())
                    .append("` | ")
                    .append(route.right() == null ? "nothing" : route.right())
                    .append(" | ");
            text.append(String.join(" | ", java.util.Objects.requireNonNull(table.get(route.name()))))
                    .append(" |\n");
        }
        if (System.getProperty("writeDocs") != null) {
            Files.writeString(DOCUMENT, text);
        }
        assertThat(Files.readString(DOCUMENT)).isEqualTo(text.toString());
    }

    private static Row at(Row route, String episode) {
        return new Row(
                route.method(),
                route.path().replace("EPISODE", episode),
                route.body(),
                route.right(),
                route.dialectCode(),
                route.environment());
    }

    private String token(List<String> audiences, String scopes) {
        return token("agent-1", audiences, scopes);
    }

    private String token(String subject, List<String> audiences, String scopes) {
        Map<String, Object> claims = issuer.claims(audiences, scopes);
        claims.put("sub", subject);
        return issuer.token(claims);
    }

    private static String challenge(HttpResponse<String> answer) {
        return answer.headers().firstValue("WWW-Authenticate").orElse("");
    }

    private Reply send(Row route, @Nullable String token) throws Exception {
        if (route.isUpgrade()) {
            return handshake(route.path(), token);
        }
        HttpResponse<String> answer = send(route.method(), route.path(), route.body(), token);
        return new Reply(answer.statusCode(), answer.body());
    }

    private Reply handshake(String path, @Nullable String token) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + (token == null ? "" : "Authorization: Bearer " + token + "\r\n") + "\r\n";
        RawHttp.Answer answer = RawHttp.exchange(root, request, 2_000).getFirst();
        return new Reply(answer.status(), answer.text());
    }

    private HttpResponse<String> send(String method, String path, String body, @Nullable String token)
            throws Exception {
        return client.send(request(method, path, body, token).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String method, String path, String body, @Nullable String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }
}
