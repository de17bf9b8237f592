package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.gateway.http.RawHttp.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every answer says, and how much and how slowly anybody may send, by raw sockets and before any token. */
@QuarkusTest
@TestProfile(LockedGateway.class)
@Timeout(120)
class LimitsIT {
    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    @Test
    void saysInEveryAnswerThatItIsNobodysToKeepAndNoPage() throws Exception {
        for (String target : List.of("/health", "/envs", "/nothing", "/a//b", "/e/unknown/ws", "/q/metrics")) {
            String text = one("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .text()
                    .toLowerCase(Locale.ROOT);
            assertThat(text)
                    .as(target)
                    .contains(
                            "x-content-type-options: nosniff",
                            "referrer-policy: no-referrer",
                            "content-security-policy: default-src 'none'",
                            "cache-control: no-store");
            assertThat(text).as(target).doesNotContain("server:", "x-powered-by", "quarkus", "vert.x", "netty");
            assertThat(text).as(target).doesNotContain("access-control-");
        }
    }

    @Test
    void takesNoHeadBeyondItsBounds() throws Exception {
        assertThat(one(get("/health", "X: " + "x".repeat(33 * 1024))).status()).isEqualTo(431);
        assertThat(one(get("/" + "x".repeat(9 * 1024), "X: y")).status()).isEqualTo(414);
        assertThat(one(get("/health", "X: " + "x".repeat(20 * 1024))).status()).isEqualTo(200);
    }

    @Test
    void readsNoBodyOfWhomItDoesNotKnow() throws Exception {
        // Answered before the body has come, of which only its length is known.
        assertThat(one("POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void takesNoBodyBeyondItsBounds() throws Exception {
        String token = LockedGateway.issuer()
                .token(LockedGateway.issuer().claims(List.of(LockedGateway.ECHO), "tools:list tools:call"));
        String body = " ".repeat(McpEndpoint.MAX_BODY + 1);
        String request =
                "POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + token
                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        assertThat(one(request).status()).isEqualTo(413);
        String more = "POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                + token + "\r\nContent-Length: " + (64L << 20) + "\r\n\r\n";
        // By what it announces: nothing of it is waited for.
        assertThat(RawHttp.exchange(root, more, 5_000))
                .extracting(Answer::status)
                .containsExactly(413);
    }

    /** Each sends a byte now and then for as long as it is let. */
    @Test
    void givesUpOnHeadsAndBodiesThatComeTooSlowly() throws Exception {
        String token = LockedGateway.issuer()
                .token(LockedGateway.issuer().claims(List.of(LockedGateway.ECHO), "tools:list tools:call"));
        String body = "POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                + "\r\nContent-Length: 1000\r\n\r\n";
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> drip("G"), callers);
            CompletableFuture<String> head =
                    CompletableFuture.supplyAsync(() -> drip("GET /health HTTP/1.1\r\nX: "), callers);
            CompletableFuture<String> slow = CompletableFuture.supplyAsync(() -> drip(body), callers);
            assertThat(line.get()).isEmpty();
            assertThat(head.get()).isEmpty();
            assertThat(slow.get()).startsWith("HTTP/1.1 408");
        }
    }

    /** What came back until the server ended the connection. */
    private String drip(String begin) {
        try (Socket socket = new Socket(root.getHost(), root.getPort())) {
            socket.getOutputStream().write(begin.getBytes(StandardCharsets.ISO_8859_1));
            Thread dripping = Thread.ofVirtual().start(() -> drip(socket));
            StringBuilder text = new StringBuilder();
            try {
                InputStream in = socket.getInputStream();
                for (int read = in.read(); read >= 0; read = in.read()) {
                    text.append((char) read);
                }
            } catch (SocketException reset) {
                // An end as good as any.
            }
            dripping.interrupt();
            return text.toString();
        } catch (IOException unexpected) {
            return unexpected.toString();
        }
    }

    private static void drip(Socket socket) {
        try {
            while (true) {
                java.util.concurrent.locks.LockSupport.parkNanos(500_000_000);
                if (Thread.interrupted()) {
                    return;
                }
                socket.getOutputStream().write('x');
            }
        } catch (IOException closed) {
            // As it should be.
        }
    }

    private static String get(String target, String field) {
        return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + field + "\r\n\r\n";
    }

    private Answer one(String request) throws IOException {
        List<Answer> answers = RawHttp.exchange(root, request, 20_000);
        assertThat(answers).hasSize(1);
        return answers.getFirst();
    }
}
