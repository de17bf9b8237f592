package dev.stepgate.gateway.credential.vault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stepgate.json.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * As much of a Vault as the gateway uses, after its public API documentation: KV with and without versions, a database engine,
 * tokens with accessors and parents, leases, wrapping, five logins. It fails in the ways that a Vault fails.
 */
public final class FakeVault implements AutoCloseable {
    public static final String ROOT = "root-token-of-the-fake";

    /** What goes wrong with each request. */
    public enum Fault {
        NONE,
        SEALED,
        STANDBY,
        OVERLOADED,
        FORBIDDEN,
        BROKEN,
        SILENT,
        CUT,
        NO_REVOCATION
    }

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final HttpServer server;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<String, List<ObjectNode>> kv2 = new ConcurrentHashMap<>();
    private final Map<String, ObjectNode> kv1 = new ConcurrentHashMap<>();
    private final Map<String, Token> tokens = new ConcurrentHashMap<>();
    private final Map<String, Lease> leases = new ConcurrentHashMap<>();
    private final Map<String, String> wrapped = new ConcurrentHashMap<>();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger logins = new AtomicInteger();
    private final List<String> seen = new ArrayList<>();
    private volatile Fault fault = Fault.NONE;
    private volatile int leaseSeconds = 900;
    private volatile boolean renews = true;

    record Token(String token, String accessor, @Nullable String parent) {}

    /** Credentials that live. */
    public record Lease(String id, String username, String password, String token) {}

    public FakeVault() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/", this::handle);
        server.start();
        tokens.put(ROOT, new Token(ROOT, "root-accessor", null));
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public void failBy(Fault next) {
        fault = next;
    }

    /** How long a lease lasts, and whether it can be renewed. */
    public void lease(int seconds, boolean renewable) {
        leaseSeconds = seconds;
        renews = renewable;
    }

    /** Writes a new version. */
    public void put(String path, Map<String, String> fields) {
        ObjectNode node = NODES.objectNode();
        fields.forEach(node::put);
        kv2.computeIfAbsent(path, _ -> new ArrayList<>()).add(node);
        kv1.put(path, node);
    }

    /** A token that unwraps to a secret id, once. */
    public String wrap(String secretId) {
        String token = "wrap-" + UUID.randomUUID();
        wrapped.put(token, secretId);
        return token;
    }

    /** Ends every token but the root's, as a restart without storage would. */
    public void forgetTokens() {
        tokens.keySet().removeIf(token -> !token.equals(ROOT));
    }

    public int reads() {
        return reads.get();
    }

    public int logins() {
        return logins.get();
    }

    public List<Lease> leases() {
        return List.copyOf(leases.values());
    }

    /** Tokens that live, besides the root's and logins'. */
    public long episodeTokens() {
        return tokens.values().stream().filter(token -> token.parent() != null).count();
    }

    /** Every request line and namespace so far. */
    public List<String> seen() {
        synchronized (seen) {
            return List.copyOf(seen);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath().substring("/v1/".length());
            synchronized (seen) {
                seen.add(exchange.getRequestMethod() + " " + path + " "
                        + exchange.getRequestHeaders().getFirst("X-Vault-Namespace"));
            }
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (!failed(exchange, path)) {
                answer(exchange, path, body.length == 0 ? NODES.objectNode() : StrictJson.parse(body));
            }
        }
    }

    private boolean failed(HttpExchange exchange, String path) throws IOException {
        switch (fault) {
            case NONE -> {
                return false;
            }
            case SEALED -> error(exchange, 503, "Vault is sealed");
            case STANDBY -> error(exchange, 473, "standby");
            case OVERLOADED -> error(exchange, 429, "too many requests");
            case FORBIDDEN -> error(exchange, 403, "permission denied");
            case BROKEN -> {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("{\"data\": ".getBytes(StandardCharsets.UTF_8));
            }
            case SILENT -> {
                try {
                    closed.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            case CUT -> exchange.sendResponseHeaders(200, 1_000);
            case NO_REVOCATION -> {
                if (!path.contains("revoke")) {
                    return false;
                }
                error(exchange, 503, "not now");
            }
        }
        return true;
    }

    private void answer(HttpExchange exchange, String path, JsonNode body) throws IOException {
        if (path.startsWith("auth/") && path.contains("/login")) {
            login(exchange, path, body);
            return;
        }
        String token = String.valueOf(exchange.getRequestHeaders().getFirst("X-Vault-Token"));
        if (path.equals("sys/wrapping/unwrap")) {
            unwrap(exchange, body.path("token").asText(token));
            return;
        }
        if (!tokens.containsKey(token)) {
            error(exchange, 403, "permission denied");
            return;
        }
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        switch (path) {
            case "auth/token/create" -> say(exchange, created(token, body));
            case "auth/token/lookup-self" ->
                say(exchange, data(NODES.objectNode().put("ttl", 3600)));
            case "auth/token/revoke-accessor" ->
                revokeAccessor(exchange, body.path("accessor").asText());
            case "sys/leases/renew" -> renew(exchange, body.path("lease_id").asText());
            case "sys/leases/revoke" -> {
                leases.remove(body.path("lease_id").asText());
                exchange.sendResponseHeaders(204, -1);
            }
            default -> read(exchange, path, query, token);
        }
    }

    private void login(HttpExchange exchange, String path, JsonNode body) throws IOException {
        logins.incrementAndGet();
        boolean good = switch (path.split("/", -1)[1]) {
            case "approle" ->
                body.path("role_id").asText().equals("role")
                        && body.path("secret_id").asText().equals("secret-id");
            case "userpass" ->
                path.endsWith("login/user") && body.path("password").asText().equals("password");
            case "kubernetes", "jwt" ->
                body.path("role").asText().equals("role")
                        && body.path("jwt").asText().equals("a.b.c");
            default -> false;
        };
        if (!good) {
            error(exchange, 400, "invalid credentials " + body);
            return;
        }
        say(exchange, auth(token(null)));
    }

    private Token token(@Nullable String parent) {
        Token token = new Token("hvs." + UUID.randomUUID(), "acc-" + UUID.randomUUID(), parent);
        tokens.put(token.token(), token);
        return token;
    }

    private ObjectNode created(String parent, JsonNode body) {
        ObjectNode answer = auth(token(parent));
        ((ObjectNode) answer.get("auth")).set("metadata", body.path("meta"));
        return answer;
    }

    private static ObjectNode auth(Token token) {
        ObjectNode answer = leased(NODES.objectNode(), "", 0, false);
        ObjectNode auth = answer.putObject("auth")
                .put("client_token", token.token())
                .put("accessor", token.accessor())
                .put("lease_duration", 3600)
                .put("renewable", true)
                .put("token_type", "service")
                .put("num_uses", 0);
        auth.putArray("policies").add("default");
        return answer;
    }

    private void unwrap(HttpExchange exchange, String token) throws IOException {
        String secretId = wrapped.remove(token);
        if (secretId == null) {
            error(exchange, 400, "wrapping token is not valid or does not exist");
        } else {
            say(exchange, data(NODES.objectNode().put("secret_id", secretId).put("secret_id_accessor", "x")));
        }
    }

    private void revokeAccessor(HttpExchange exchange, String accessor) throws IOException {
        Token ended = tokens.values().stream()
                .filter(token -> token.accessor().equals(accessor))
                .findFirst()
                .orElse(null);
        if (ended == null) {
            error(exchange, 400, "invalid accessor");
            return;
        }
        tokens.remove(ended.token());
        leases.values().removeIf(lease -> lease.token().equals(ended.token()));
        exchange.sendResponseHeaders(204, -1);
    }

    private void renew(HttpExchange exchange, String id) throws IOException {
        if (leases.containsKey(id)) {
            say(exchange, leased(NODES.objectNode(), id, renews ? leaseSeconds : 1, renews));
        } else {
            error(exchange, 400, "lease not found");
        }
    }

    private void read(HttpExchange exchange, String path, String query, String token) throws IOException {
        reads.incrementAndGet();
        if (path.contains("/creds/")) {
            String id = path + "/" + UUID.randomUUID();
            Lease lease = new Lease(id, "v-" + UUID.randomUUID(), "P-" + UUID.randomUUID(), token);
            leases.put(id, lease);
            ObjectNode made =
                    NODES.objectNode().put("username", lease.username()).put("password", lease.password());
            say(exchange, leased(made, id, leaseSeconds, renews));
        } else if (path.contains("/data/")) {
            readVersion(exchange, path.replace("/data/", "/"), query);
        } else if (kv1.containsKey(path)) {
            say(exchange, data(kv1.get(path)));
        } else {
            error(exchange, 404, "");
        }
    }

    private void readVersion(HttpExchange exchange, String path, String query) throws IOException {
        List<ObjectNode> versions = kv2.getOrDefault(path, List.of());
        int version =
                query.startsWith("version=") ? Integer.parseInt(query.substring("version=".length())) : versions.size();
        if (version < 1 || version > versions.size()) {
            error(exchange, 404, "");
            return;
        }
        ObjectNode inner = NODES.objectNode();
        inner.set("data", versions.get(version - 1));
        inner.putObject("metadata")
                .put("version", version)
                .put("created_time", "2026-11-25T10:00:00.000000Z")
                .put("deletion_time", "")
                .put("destroyed", false);
        say(exchange, data(inner));
    }

    private static ObjectNode data(ObjectNode data) {
        return leased(data, "", 0, false);
    }

    private static ObjectNode leased(ObjectNode data, String id, int seconds, boolean renewable) {
        ObjectNode answer = NODES.objectNode()
                .put("request_id", "r")
                .put("lease_id", id)
                .put("renewable", renewable)
                .put("lease_duration", seconds);
        answer.set("data", data);
        return answer;
    }

    private static void error(HttpExchange exchange, int status, String message) throws IOException {
        ObjectNode error = NODES.objectNode();
        error.putArray("errors").add(message);
        send(exchange, status, error);
    }

    private static void say(HttpExchange exchange, ObjectNode answer) throws IOException {
        send(exchange, 200, answer);
    }

    private static void send(HttpExchange exchange, int status, ObjectNode answer) throws IOException {
        byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }

    /** Fields in no order. */
    public static Map<String, String> fields(String name, String value) {
        return new HashMap<>(Map.of(name, value));
    }
}
