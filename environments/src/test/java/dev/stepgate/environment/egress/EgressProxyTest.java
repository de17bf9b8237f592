package dev.stepgate.environment.egress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Speaks to the proxy as a program in a sandbox may, and to a server of loopback through it. */
@Timeout(60)
class EgressProxyTest {
    private static final EgressLimits LIMITS = EgressLimits.DEFAULT;
    private static final String TOKEN = "the-token";

    @TempDir
    Path folder;

    private final AtomicInteger reached = new AtomicInteger();
    private final BlockingQueue<EgressAttempt> told = new LinkedBlockingQueue<>();
    private final Map<String, String> names = Map.of(
            "near.test", "127.0.0.1",
            "elsewhere.test", "127.0.0.1",
            "cloud.test", "169.254.169.254",
            "mapped.test", "::ffff:127.0.0.1");
    private final AtomicInteger lookups = new AtomicInteger();
    private ServerSocket server;
    private ServerSocketChannel channel;
    private EgressProxy proxy;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(folder.resolve("s")));
        proxy = proxy(LIMITS);
        Thread.ofVirtual().start(this::echo);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        channel.close();
        proxy.close();
    }

    /** Sends back what it is sent. */
    private void echo() {
        try {
            while (true) {
                Socket client = server.accept();
                reached.incrementAndGet();
                Thread.ofVirtual().start(() -> {
                    try (client) {
                        client.getInputStream().transferTo(client.getOutputStream());
                    } catch (IOException cut) {
                        // As some tests want it.
                    }
                });
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private EgressProxy proxy(EgressLimits limits) {
        HostResolver resolver = (host, _) -> {
            lookups.incrementAndGet();
            String address = names.get(host);
            if (host.equals("both.test")) {
                return List.of(InetAddress.ofLiteral("1.1.1.1"), InetAddress.ofLiteral("127.0.0.1"));
            }
            if (address == null) {
                throw new UnknownHostException(host);
            }
            return List.of(InetAddress.ofLiteral(address));
        };
        return new EgressProxy(resolver, Set.of("near.test", "cloud.test"), limits);
    }

    private void serve(EgressLimits limits) {
        proxy.close();
        proxy = proxy(limits);
        Set<Destination> listed = new java.util.HashSet<>();
        for (String host :
                List.of("near.test", "elsewhere.test", "cloud.test", "mapped.test", "both.test", "nowhere.test")) {
            listed.add(new Destination(host, server.getLocalPort()));
        }
        proxy.serve(channel, listed, TOKEN).tell(told::add);
    }

    private String port() {
        return String.valueOf(server.getLocalPort());
    }

    private static String connect(String target, String token, String... fields) {
        String pair = Base64.getEncoder().encodeToString(("stepgate:" + token).getBytes(StandardCharsets.UTF_8));
        List<String> head = new ArrayList<>(List.of("CONNECT " + target + " HTTP/1.1", "Host: " + target));
        head.add("Proxy-Authorization: Basic " + pair);
        head.addAll(List.of(fields));
        return String.join("\r\n", head) + "\r\n\r\n";
    }

    private SocketChannel sent(String text) throws IOException {
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("s")));
        client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
        return client;
    }

    private static String heard(SocketChannel client) throws IOException {
        ByteBuffer read = ByteBuffer.allocate(16_384);
        while (read.hasRemaining() && client.read(read) >= 0) {
            // Until it ends.
        }
        return new String(read.array(), 0, read.position(), StandardCharsets.UTF_8);
    }

    private String answer(String text) throws IOException {
        try (SocketChannel client = sent(text)) {
            client.shutdownOutput();
            return heard(client);
        }
    }

    private EgressAttempt told() throws InterruptedException {
        EgressAttempt attempt = told.poll(20, TimeUnit.SECONDS);
        assertThat(attempt).isNotNull();
        return attempt;
    }

    private void assertRefused(String text, EgressVerdict verdict) throws Exception {
        assertThat(answer(text))
                .startsWith("HTTP/1.1 " + verdict.status() + " ")
                .contains(verdict.code() + ": " + verdict.sentence());
        assertThat(told().verdict()).isEqualTo(verdict);
        assertThat(reached).hasValue(0);
    }

    @Test
    void joinsAListedHostAndTellsWhatPassed() throws Exception {
        serve(LIMITS);
        assertThat(answer(connect("Near.Test:" + port(), TOKEN) + "early")).endsWith("\r\n\r\nearly");
        assertThat(told()).isEqualTo(new EgressAttempt("near.test:" + port(), EgressVerdict.OPENED, 5, 5));
        assertThat(proxy.count(EgressVerdict.OPENED)).isEqualTo(1);
    }

    @Test
    void refusesWhatIsNotListed() throws Exception {
        serve(LIMITS);
        assertRefused(connect("other.test:" + port(), TOKEN), EgressVerdict.HOST);
        assertRefused(connect("near.test:1", TOKEN), EgressVerdict.PORT);
        assertRefused(connect("near.test.:" + port(), TOKEN), EgressVerdict.HOST);
        assertRefused(connect("near.test", TOKEN), EgressVerdict.HOST);
        assertRefused(connect("near.test.other.test:" + port(), TOKEN), EgressVerdict.HOST);
        assertRefused(connect("xnear.test:" + port(), TOKEN), EgressVerdict.HOST);
        assertThat(lookups).as("names that are looked up").hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "2130706433",
                "0x7f000001",
                "0x7f.1",
                "127.1",
                "0177.0.0.1",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "[0:0:0:0:0:ffff:7f00:1]",
                "0",
                "127.0.0.1.",
                "::1"
            })
    void refusesAnAddressInWhateverForm(String address) throws Exception {
        serve(LIMITS);
        String text = connect(address + ":" + port(), TOKEN);
        String answer = answer(text);
        assertThat(answer).startsWith("HTTP/1.1 403 ");
        assertThat(told().verdict()).isIn(EgressVerdict.LITERAL, EgressVerdict.HOST);
        assertThat(lookups).hasValue(0);
        assertThat(reached).hasValue(0);
    }

    @Test
    void refusesNamesThatLeadToThisMachineOrToItsCloud() throws Exception {
        serve(LIMITS);
        for (String host : List.of("elsewhere.test", "mapped.test", "both.test", "cloud.test")) {
            assertRefused(connect(host + ":" + port(), TOKEN), EgressVerdict.ADDRESS);
        }
        assertRefused(connect("nowhere.test:" + port(), TOKEN), EgressVerdict.UNRESOLVED);
    }

    /** One look-up, and what it gave is what is connected to. */
    @Test
    void resolvesANameOnce() throws Exception {
        serve(LIMITS);
        answer(connect("near.test:" + port(), TOKEN));
        assertThat(told().verdict()).isEqualTo(EgressVerdict.OPENED);
        assertThat(lookups).hasValue(1);
    }

    @Test
    void refusesAnotherSandboxsTokenOrNone() throws Exception {
        serve(LIMITS);
        assertRefused(connect("near.test:" + port(), "another"), EgressVerdict.TOKEN);
        assertRefused("CONNECT near.test:" + port() + " HTTP/1.1\r\n\r\n", EgressVerdict.TOKEN);
    }

    @Test
    void refusesWhatHasMoreThanOneMeaning() throws Exception {
        serve(LIMITS);
        String target = "near.test:" + port();
        for (String text : List.of(
                "GET http://" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\n\r\n",
                connect(target, TOKEN, "Content-Length: 5") + "hello",
                connect(target, TOKEN, "Transfer-Encoding: chunked"),
                connect(target, TOKEN, "Host: other.test:443"),
                connect(target, TOKEN).replace("Host: " + target, "Host: other.test"),
                connect(target, TOKEN, " folded: x"),
                connect(target, TOKEN, "name : x"),
                connect(target, TOKEN).replace("\r\nHost", "\nHost"),
                connect(target, TOKEN).replace("HTTP/1.1\r\n", "HTTP/1.1\r"),
                connect(target, TOKEN).replace("CONNECT ", "connect "),
                connect(target, TOKEN).replace(" HTTP/1.1", "\thttp HTTP/1.1"),
                connect(target, TOKEN, "X: \0"),
                connect("user@" + target, TOKEN).replace("CONNECT user@", "CONNECT  "),
                connect(target, TOKEN, "X: " + "x".repeat(9_000)))) {
            assertRefused(text, EgressVerdict.REQUEST);
        }
    }

    /** A second request in the same bytes is payload for the host that was allowed, never a request. */
    @Test
    void takesNoSecondRequestOnAConnection() throws Exception {
        serve(LIMITS);
        String second = connect("other.test:1", TOKEN);
        assertThat(answer(connect("near.test:" + port(), TOKEN) + second)).endsWith("\r\n\r\n" + second);
        assertThat(told().verdict()).isEqualTo(EgressVerdict.OPENED);
        assertThat(told).isEmpty();
    }

    @Test
    void boundsWhatOneSandboxMayHaveOpen() throws Exception {
        serve(new EgressLimits(2, 100, 1 << 20, LIMITS.head(), LIMITS.connect(), LIMITS.idle(), LIMITS.longest()));
        String text = connect("near.test:" + port(), TOKEN);
        try (SocketChannel one = sent(text);
                SocketChannel two = sent(text)) {
            assertThat(line(one)).contains(" 200 ");
            assertThat(line(two)).contains(" 200 ");
            assertThat(answer(text)).contains("egress.busy");
        }
    }

    @Test
    void boundsBytesAndConnectionsOfAWholeLife() throws Exception {
        serve(new EgressLimits(8, 2, 1_000, LIMITS.head(), LIMITS.connect(), LIMITS.idle(), LIMITS.longest()));
        String text = connect("near.test:" + port(), TOKEN);
        assertThat(answer(text + "x".repeat(2_000))).doesNotContain("xxx");
        assertThat(told().verdict()).isEqualTo(EgressVerdict.OPENED);
        assertThat(answer(text)).contains("egress.spent");
        assertThat(answer(text)).contains("egress.spent");
    }

    @Test
    void endsWhatIsSilentOrSlowToAsk() throws Exception {
        Duration little = Duration.ofMillis(300);
        serve(new EgressLimits(8, 100, 1 << 20, little, little, little, LIMITS.longest()));
        try (SocketChannel silent = sent(connect("near.test:" + port(), TOKEN));
                SocketChannel slow = sent("CONNECT near")) {
            assertThat(heard(silent)).contains(" 200 ");
            assertThat(heard(slow)).isEmpty();
        }
    }

    @Test
    void cutsEverythingWhenItsSandboxEnds() throws Exception {
        serve(LIMITS);
        try (SocketChannel client = sent(connect("near.test:" + port(), TOKEN))) {
            assertThat(line(client)).contains(" 200 ");
            channel.close();
            assertThat(heard(client)).doesNotContain("HTTP");
        }
        assertThat(told().verdict()).isEqualTo(EgressVerdict.OPENED);
    }

    private static String line(SocketChannel client) throws IOException {
        StringBuilder line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (line.indexOf("\r\n") < 0 && client.read(one.clear()) == 1) {
            line.append((char) one.get(0));
        }
        return line.toString();
    }
}
