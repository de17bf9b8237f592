package dev.stepgate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.client.OpenEnvException.CapacityReached;
import dev.stepgate.client.OpenEnvException.ConnectionLost;
import dev.stepgate.client.OpenEnvException.ServerError;
import dev.stepgate.client.OpenEnvException.TimedOut;
import dev.stepgate.client.OpenEnvException.UnexpectedReply;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OpenEnvClientTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Duration SHORT = Duration.ofMillis(100);

    private final FakeOpenEnvServer server = new FakeOpenEnvServer(VERTX);

    @AfterEach
    void closeServer() {
        server.close();
    }

    @AfterAll
    static void closeVertx() {
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void playsAnEpisodeAgainstAServerWithoutMcp() {
        try (OpenEnvClient client = good()) {
            StepResult first = client.reset(
                    7L, "mine", JsonNodeFactory.instance.objectNode().put("split", "train"));
            assertThat(first.observation().path("arguments"))
                    .isEqualTo(JsonNodeFactory.instance
                            .objectNode()
                            .put("split", "train")
                            .put("seed", 7)
                            .put("episode_id", "mine"));
            assertThat(first.metadata().path("place").asText()).isEqualTo("inside");
            assertThat(first.reward()).isEqualTo(JsonNodeFactory.instance.booleanNode(true));
            assertThat(echo(client, "hi")).isEqualTo("hi");
            assertThat(client.state().stepCount()).isEqualTo(3);
            assertThat(client.state().episodeId()).isNull();
            assertThat(client.tools())
                    .containsExactly(new OfferedTool(
                            "move", "", JsonNodeFactory.instance.objectNode().put("type", "object")));
        }
    }

    @Test
    void takesNoLateReplyForTheNextRequests() {
        try (OpenEnvClient client = good()) {
            TimedOut late = catchThrowableOfType(TimedOut.class, () -> client.callTool("late", message("late"), SHORT));
            assertThat(late.mayHaveActed()).isTrue();
            assertThat(client.isOpen()).isFalse();
            ConnectionLost next = catchThrowableOfType(ConnectionLost.class, () -> echo(client, "next"));
            assertThat(next.mayHaveActed()).isFalse();
            client.reconnect();
            assertThat(echo(client, "after")).isEqualTo("after");
            // Neither the late call nor the one that was refused was sent again.
            assertThat(server.called).containsExactly("late", "echo");
        }
    }

    @Test
    void trustsNoOrderAfterASecondReply() {
        try (OpenEnvClient client = good()) {
            assertThat(client.callTool("twice", message("once")).toolValue()).isPresent();
            // The second reply comes before the next request is sent, or is seen to be that of another tool.
            assertThatThrownBy(() -> echo(client, "next")).isInstanceOfAny(ConnectionLost.class, UnexpectedReply.class);
            assertThat(client.isOpen()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"of another", "state instead", "garbage"})
    void dropsTheSocketAfterAReplyThatDoesNotFit(String tool) {
        try (OpenEnvClient client = good()) {
            assertThatThrownBy(() -> client.callTool(tool, message("x"))).isInstanceOf(UnexpectedReply.class);
            assertThat(client.isOpen()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "bye", "die"})
    void tellsThatACallMayHaveActedWhenItsSocketIsLost(String tool) {
        try (OpenEnvClient client = good()) {
            ConnectionLost lost = catchThrowableOfType(ConnectionLost.class, () -> client.callTool(tool, message("x")));
            assertThat(lost.mayHaveActed()).isTrue();
        }
    }

    @Test
    void typesErrorFramesAndGoesOnWhereTheSessionDoes() {
        try (OpenEnvClient client = good()) {
            ServerError failed = catchThrowableOfType(ServerError.class, () -> client.callTool("fail", message("x")));
            assertThat(failed.code()).isEqualTo("EXECUTION_ERROR");
            assertThat(failed.mayHaveActed()).isTrue();
            ServerError invalid =
                    catchThrowableOfType(ServerError.class, () -> client.callTool("invalid", message("x")));
            assertThat(invalid.mayHaveActed()).isFalse();
            assertThat(echo(client, "still")).isEqualTo("still");
            assertThatThrownBy(() -> client.callTool("end", message("x"))).isInstanceOf(ServerError.class);
            assertThat(client.isOpen()).isFalse();
        }
    }

    @Test
    void seesThatTheServerIsFullThoughItSaidSoUnasked() {
        try (OpenEnvClient client = OpenEnvClient.connect(server.base("/full"))) {
            CapacityReached full = catchThrowableOfType(CapacityReached.class, client::reset);
            assertThat(full.capacity()).isEqualTo(2);
            assertThat(full.active()).isEqualTo(2);
            assertThat(full.mayHaveActed()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/silent", "/refused", "/nowhere"})
    void saysThatItCannotConnect(String path) {
        ClientSettings hasty = new ClientSettings(SHORT, SHORT, 1000, Map.of());
        ConnectionLost lost =
                catchThrowableOfType(ConnectionLost.class, () -> OpenEnvClient.connect(server.base(path), hasty));
        assertThat(lost.mayHaveActed()).isFalse();
        assertThat(lost).hasMessageNotContaining(path).hasNoCause();
    }

    @Test
    void sendsAndTakesFramesOf20Megabytes() {
        String large = "é".repeat(10_000_000);
        try (OpenEnvClient client = good()) {
            assertThat(echo(client, large)).isEqualTo(large);
        }
    }

    @Test
    void dropsTheSocketOverAReplyThatIsTooLong() {
        ClientSettings narrow = ClientSettings.DEFAULT.withMaxReplyLength(1000);
        try (OpenEnvClient client = OpenEnvClient.connect(server.base("/good"), narrow)) {
            assertThatThrownBy(() -> echo(client, "x".repeat(1000))).isInstanceOf(ConnectionLost.class);
        }
    }

    @Test
    void answersPingsDuringALongStep() {
        try (OpenEnvClient client = good()) {
            assertThat(client.callTool("after a pong", message("x")).toolValue())
                    .isPresent();
        }
    }

    @Test
    void givesEveryThreadItsOwnReply() {
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        try (OpenEnvClient client = good()) {
            CompletableFuture<?>[] threads = IntStream.range(0, 8)
                    .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                        for (int call = 0; call < 50; call++) {
                            String sent = thread + "-" + call;
                            String got = echo(client, sent);
                            if (!got.equals(sent)) {
                                wrong.add(sent + " got " + got);
                            }
                        }
                    }))
                    .toArray(CompletableFuture<?>[]::new);
            CompletableFuture.allOf(threads).join();
        }
        assertThat(wrong).isEmpty();
        assertThat(server.called).hasSize(400);
    }

    @Test
    void cutsOffAWaitingRequestWhenItIsClosed() throws Exception {
        OpenEnvClient client = good();
        CompletableFuture<StepResult> asking =
                CompletableFuture.supplyAsync(() -> client.callTool("never", message("x")));
        server.waiting.await();
        client.close();
        assertThatThrownBy(asking::join).hasCauseInstanceOf(ConnectionLost.class);
        assertThatThrownBy(client::reset).isInstanceOf(ConnectionLost.class);
        assertThatThrownBy(client::reconnect).isInstanceOf(ConnectionLost.class);
        client.close();
    }

    @Test
    void sendsNothingWhenItsTurnDoesNotCome() throws Exception {
        try (OpenEnvClient client = good()) {
            CompletableFuture<StepResult> asking =
                    CompletableFuture.supplyAsync(() -> client.callTool("never", message("x")));
            server.waiting.await();
            TimedOut late = catchThrowableOfType(TimedOut.class, () -> client.callTool("echo", message("x"), SHORT));
            assertThat(late.mayHaveActed()).isFalse();
            assertThat(asking).isNotDone();
            assertThat(server.called).containsExactly("never");
        }
    }

    @Test
    void dropsTheSocketWhenItsThreadIsInterrupted() throws Exception {
        try (OpenEnvClient client = good()) {
            CompletableFuture<Boolean> outcome = new CompletableFuture<>();
            Thread asking = Thread.startVirtualThread(() -> {
                try {
                    client.callTool("never", message("x"));
                } catch (ConnectionLost lost) {
                    outcome.complete(
                            lost.mayHaveActed() && Thread.currentThread().isInterrupted());
                }
            });
            server.waiting.await();
            asking.interrupt();
            assertThat(outcome.join()).isTrue();
            assertThat(client.isOpen()).isFalse();
        }
    }

    @Test
    void sendsItsHeadersWithTheHandshake() {
        ClientSettings settings = ClientSettings.DEFAULT.withHeaders(Map.of("Authorization", "Bearer t"));
        try (OpenEnvClient client = OpenEnvClient.connect(server.base("/good/"), settings)) {
            client.reconnect();
        }
        assertThat(server.credentials).containsExactly("Bearer t", "Bearer t");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://h/envs/x?token=1", "http://h#x", "http://u:p@h/", "ftp://h", "h:80/x", "/envs/x"})
    void refusesWhatIsNoBaseUrlWithoutQuotingIt(String url) {
        assertThatThrownBy(() -> OpenEnvClient.connect(URI.create(url)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(url);
    }

    private OpenEnvClient good() {
        return OpenEnvClient.connect(server.base("/good"));
    }

    private static String echo(OpenEnvClient client, String text) {
        return client.callTool("echo", message(text)).toolValue().orElseThrow().textValue();
    }

    private static ObjectNode message(String text) {
        return JsonNodeFactory.instance.objectNode().put("message", text);
    }
}
