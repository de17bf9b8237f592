package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** TLS with client certificates, and the bound on connections. */
@QuarkusTest
@TestProfile(TlsGateway.WithClientCertificates.class)
@Timeout(120)
class TlsClientCertificatesIT {
    @TestHTTPResource(value = "/", tls = true)
    URI root = URI.create("https://localhost");

    @Test
    void answersACallerWhoseCertificateItTrusts() throws Exception {
        assertThat(status("client", "/health")).isEqualTo(200);
    }

    @Test
    void takesACertificateForNoToken() throws Exception {
        assertThat(status("client", "/envs")).isEqualTo(401);
    }

    @Test
    void refusesACallerWithoutACertificateOrWithAnothers() {
        assertThatThrownBy(() -> status(null, "/health")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> status("stranger", "/health")).isInstanceOf(IOException.class);
    }

    /** What holds a connection is let be; who comes when there are too many is sent away until one is free. */
    @Test
    void holdsNoMoreConnectionsThanItsBound() throws Exception {
        List<Socket> held = new ArrayList<>();
        try {
            while (held.size() < 64 && answers("/health")) {
                Socket socket = connected();
                if (isServed(socket)) {
                    held.add(socket);
                } else { // the connection of the question was still counted
                    socket.close();
                }
            }
            assertThat(held).hasSizeBetween(1, 9);
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
        while (!answers("/health")) { // the test's own time is the bound
            Thread.onSpinWait();
        }
    }

    private Socket connected() throws Exception {
        SSLSocket socket = (SSLSocket) TlsGateway.certificates()
                .context("client")
                .getSocketFactory()
                .createSocket(root.getHost(), root.getPort());
        socket.startHandshake();
        return socket;
    }

    /** A client's handshake can end before the server sends it away; only an answer says that it is let in. */
    private boolean isServed(Socket socket) {
        String request = "GET /health HTTP/1.1\r\nHost: " + root.getAuthority() + "\r\n\r\n";
        try {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] status = socket.getInputStream().readNBytes(12);
            return new String(status, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
        } catch (IOException sentAway) {
            return false;
        }
    }

    private boolean answers(String path) throws Exception {
        try {
            return status("client", path) == 200;
        } catch (IOException sentAway) {
            return false;
        }
    }

    private int status(@Nullable String certificate, String path) throws Exception {
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(TlsGateway.certificates().context(certificate))
                .connectTimeout(Duration.ofSeconds(10))
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(root.resolve(path))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            return client.send(request, BodyHandlers.ofString()).statusCode();
        }
    }
}
