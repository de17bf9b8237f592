package dev.stepgate.gateway.identity.token;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.smallrye.jwt.build.Jwt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/** An issuer on loopback with keys of its own, whose metadata and key set are served by HTTP and can be made to fail. */
public final class FakeIssuer implements AutoCloseable {
    private final HttpServer server;
    private final List<PublicJsonWebKey> published = new ArrayList<>();
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile Fault fault = Fault.NONE;
    private volatile CountDownLatch released = new CountDownLatch(1);

    /** What goes wrong. */
    public enum Fault {
        NONE,
        ERROR,
        HTML,
        HUGE,
        REDIRECT,
        EMPTY_SET,
        HANG
    }

    public FakeIssuer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
        published.add(newKey("first"));
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/realms/test";
    }

    public void fail(Fault next) {
        fault = next;
    }

    /** Lets what hangs go on. */
    public void release() {
        released.countDown();
    }

    /** How often the key set was asked for. */
    public int fetches() {
        return fetches.get();
    }

    /** Signs with a new key from now on; the old one stays published. */
    public synchronized void rotate(String keyId) {
        published.addFirst(newKey(keyId));
    }

    /** Publishes only the newest key. */
    public synchronized void retireOld() {
        published.subList(1, published.size()).clear();
    }

    public synchronized PublicJsonWebKey key() {
        return published.getFirst();
    }

    /** A key that is not published. */
    public static PublicJsonWebKey newKey(String keyId) {
        try {
            PublicJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
            key.setKeyId(keyId);
            return key;
        } catch (JoseException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Claims that hold for ten minutes. */
    public Map<String, Object> claims(List<String> audiences, String scope) {
        long now = Instant.now().getEpochSecond();
        return new TreeMap<>(
                Map.of("iss", url(), "sub", "agent-1", "aud", audiences, "scope", scope, "iat", now, "exp", now + 600));
    }

    public String token(Map<String, Object> claims) {
        return Jwt.claims(claims).jws().keyId(key().getKeyId()).sign(key().getPrivateKey());
    }

    /** Signs what it is given, whatever that is, by the algorithm RS256. */
    public static String sign(String header, String payload, PublicJsonWebKey key) {
        try {
            String input = encode(header.getBytes(StandardCharsets.UTF_8)) + "."
                    + encode(payload.getBytes(StandardCharsets.UTF_8));
            java.security.Signature signature = java.security.Signature.getInstance("SHA256withRSA");
            signature.initSign(key.getPrivateKey());
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return input + "." + encode(signature.sign());
        } catch (java.security.GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Signs by another algorithm of the library's. */
    public static String sign(String algorithm, String keyId, String payload, java.security.Key key) {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setAlgorithmHeaderValue(algorithm);
        signature.setKeyIdHeaderValue(keyId);
        signature.setPayload(payload);
        signature.setKey(key);
        signature.setDoKeyValidation(false);
        try {
            return signature.getCompactSerialization();
        } catch (JoseException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public static String encode(byte[] bytes) {
        return java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    public synchronized String keySet() {
        return published.stream()
                .map(key -> JsonUtil.toJson(key.toParams(OutputControlLevel.PUBLIC_ONLY)))
                .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.endsWith("/.well-known/openid-configuration")) {
            send(exchange, 200, "{\"issuer\":\"" + url() + "\",\"jwks_uri\":\"" + url() + "/keys\"}");
            return;
        }
        if (!path.endsWith("/keys")) {
            send(exchange, 404, "");
            return;
        }
        fetches.incrementAndGet();
        switch (fault) {
            case NONE -> send(exchange, 200, keySet());
            case ERROR -> send(exchange, 500, keySet());
            case HTML -> send(exchange, 200, "<html>maintenance</html>");
            case HUGE -> send(exchange, 200, keySet() + " ".repeat(1 << 20));
            case EMPTY_SET -> send(exchange, 200, "{\"keys\":[]}");
            case REDIRECT -> {
                exchange.getResponseHeaders().add("Location", url() + "/keys");
                send(exchange, 302, "");
            }
            case HANG -> {
                try {
                    released.await();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
                send(exchange, 200, keySet());
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    @Override
    public void close() {
        release();
        server.stop(0);
    }
}
