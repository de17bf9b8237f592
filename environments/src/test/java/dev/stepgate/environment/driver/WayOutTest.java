package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.stepgate.environment.Guarantee;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxSpec;
import dev.stepgate.environment.egress.Destination;
import dev.stepgate.environment.egress.EgressLimits;
import dev.stepgate.environment.egress.EgressProxy;
import dev.stepgate.environment.egress.HostResolver;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ordinary clients in a real sandbox, and a real server over TLS outside. */
@Timeout(90)
class WayOutTest {
    private static final Isolation.Limits LIMITS = new Isolation.Limits(1L << 30, 64, 8L << 20, 8L << 20, 256);
    private static final String TOKEN = "a-token";
    private static final int BODY = 3_000_000;

    @TempDir
    Path folder;

    private final BubblewrapDriver driver = new BubblewrapDriver();
    private final EgressProxy proxy = new EgressProxy(HostResolver.system(), Set.of("localhost"), EgressLimits.DEFAULT);
    private HttpsServer server;

    @BeforeEach
    void serve() throws Exception {
        assumeTrue(driver.probe().guarantees().contains(Guarantee.NET_ALLOWLIST), "needs bubblewrap and perl");
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setHttpsConfigurator(new HttpsConfigurator(tls()));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            int heard = exchange.getRequestBody().readAllBytes().length;
            byte[] body = ("heard " + heard + " " + "x".repeat(BODY)).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.stop(0);
        }
        proxy.close();
        driver.close();
    }

    private SSLContext tls() throws Exception {
        Path store = folder.resolve("store.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process made = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "s",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(made.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private String run(String script, String token) throws Exception {
        String url = "http://stepgate:" + token + "@127.0.0.1:" + SandboxSpec.WAY_OUT_PORT;
        Map<String, String> env = new HashMap<>(Map.of("HTTPS_PROXY", url, "https_proxy", url, "http_proxy", url));
        env.put("PORT", String.valueOf(server.getAddress().getPort()));
        SandboxSpec spec = new SandboxSpec(Path.of("/bin/sh"), List.of("-c", script + "; sleep 0.1"), env, null, LIMITS)
                .withWayOut();
        try (Sandbox sandbox = driver.start(spec)) {
            proxy.serve(
                    sandbox.wayOut().orElseThrow(),
                    Set.of(new Destination("localhost", server.getAddress().getPort())),
                    TOKEN);
            return new String(sandbox.stdout().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void letsAnOrdinaryClientToAListedHostOverTls() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "needs curl");
        String fetched = run(
                "head -c 1000000 /dev/zero >body; for i in 1 2 3; do curl -sk --data-binary @body \"https://localhost:$PORT/\" | wc -c; done",
                TOKEN);
        String length = String.valueOf("heard 1000000 ".length() + BODY);
        assertThat(fetched.strip().lines().map(String::strip)).containsExactly(length, length, length);
    }

    @Test
    void refusesOthersAndSaysWhy() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "needs curl");
        String ask = "curl -sk -o /dev/null -w '%{http_connect} %{http_code}\\n' ";
        assertThat(run(
                                ask + "https://example.com/; " + ask + "https://localhost:1/; " + ask
                                        + "\"https://127.0.0.1:$PORT/\"; " + "curl -s http://example.com/; " + ask
                                        + "--noproxy '*' \"https://127.0.0.1:$PORT/\"",
                                TOKEN)
                        .lines())
                .containsExactly(
                        "403 000",
                        "403 000",
                        "403 000",
                        "egress.request: the proxy takes `CONNECT host:port` and nothing else: no plain http, no body, one matching Host",
                        "000 000");
    }

    @Test
    void refusesTheTokenOfAnotherSandbox() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "needs curl");
        assertThat(run("curl -sk -o /dev/null -w '%{http_connect}' \"https://localhost:$PORT/\"", "another"))
                .isEqualTo("407");
    }

    /** The relay is in nobody's way: it has no part in the program's children, streams and end. */
    @Test
    void leavesTheProgramAsItWouldBeWithoutAWayOut() throws Exception {
        assertThat(run("for f in /proc/self/fd/*; do echo \"fd ${f##*/}\"; done", TOKEN))
                .contains("fd 0", "fd 1", "fd 2")
                .doesNotContain("fd 4", "fd 5", "fd 6", "fd 7", "fd 8", "fd 9");
    }

    @Test
    void leavesNoSocketBehind() throws Exception {
        SandboxSpec spec = new SandboxSpec(Path.of("/bin/sh"), List.of("-c", "sleep 60"), Map.of(), null, LIMITS);
        ProcessSandbox sandbox = (ProcessSandbox) driver.start(spec.withWayOut());
        var channel = sandbox.wayOut().orElseThrow();
        Path socket = ((java.net.UnixDomainSocketAddress) channel.getLocalAddress()).getPath();
        assertThat(socket).exists();
        sandbox.close();
        assertThat(sandbox.provedGone()).isTrue();
        assertThat(channel.isOpen()).isFalse();
        assertThat(socket.getParent()).doesNotExist();
    }
}
