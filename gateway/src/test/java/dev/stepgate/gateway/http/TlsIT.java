package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.gateway.identity.DevelopmentIssuer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** TLS without client certificates: by the TLS registry, over real sockets. */
@QuarkusTest
@TestProfile(TlsGateway.class)
@Timeout(60)
class TlsIT {
    @TestHTTPResource(value = "/", tls = true)
    URI root = URI.create("https://localhost");

    @Test
    void servesEveryFaceToACallerWithAToken() throws Exception {
        String authorization = "Bearer " + token("tools:list tools:call");
        try (HttpClient client = client()) {
            HttpRequest listing = HttpRequest.newBuilder(root.resolve("/envs/echo/schema"))
                    .header("Authorization", authorization)
                    .build();
            assertThat(client.send(listing, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            try (Frames frames = Frames.open(client, root.resolve("/envs/echo/ws"), "Authorization", authorization)) {
                assertThat(frames.ask("{\"type\":\"step\",\"data\":{\"type\":\"list_tools\"}}"))
                        .contains("echo_message");
            }
        }
    }

    @Test
    void asksForATokenOverTlsToo() throws Exception {
        try (HttpClient client = client()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(root.resolve("/envs/echo/schema")).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(401);
            // Development tokens come from nowhere that a client could discover.
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer scope=\"tools:list\"");
        }
    }

    @Test
    void answersNoPlainRequest() throws Exception {
        String request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assertThat(RawHttp.exchange(root, request, 5_000)).isEmpty();
    }

    private static HttpClient client() throws Exception {
        return HttpClient.newBuilder()
                .sslContext(TlsGateway.certificates().context(null))
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }

    private static String token(String scopes) {
        return DevelopmentIssuer.in(TlsGateway.DATA)
                .token(
                        "me",
                        List.of(TlsGateway.PUBLIC_URL + "/envs/echo/mcp"),
                        scopes,
                        Instant.now(),
                        Duration.ofMinutes(5));
    }
}
