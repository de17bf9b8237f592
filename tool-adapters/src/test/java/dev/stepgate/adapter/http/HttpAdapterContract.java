package dev.stepgate.adapter.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.adapter.McpClient;
import dev.stepgate.adapter.ToolAdapterContract;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Secret;
import dev.stepgate.tool.ToolAdapter;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same whether the server answers with JSON or with event streams. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HttpAdapterContract extends ToolAdapterContract {
    private static final HttpLimits LIMITS =
            new HttpLimits(2 << 20, Duration.ofSeconds(2), Duration.ofSeconds(4), 16, 16, 128);

    private final Vertx vertx = Vertx.vertx();
    private final HttpLanes lanes = new HttpLanes(vertx, LIMITS, 1);
    private final boolean streams;
    private FakeHttpServer server;

    HttpAdapterContract(boolean streams) {
        this.streams = streams;
        this.server = new FakeHttpServer(vertx, streams);
    }

    @BeforeEach
    void startServer() {
        server = new FakeHttpServer(vertx, streams);
    }

    @AfterAll
    void closeClient() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Override
    protected ToolAdapter connect() {
        return connect(NONE);
    }

    private ToolAdapter connect(Credential own) {
        return StreamableHttpMcp.connect(lanes, server.endpoint(), LIMITS, () -> own, ASKS_NOTHING, SESSIONS, soon());
    }

    @Test
    void staysStatelessWithAServerThatRefusesTheRevisionAndListsIt() {
        server.stateless = true;
        try (McpClient client =
                StreamableHttpMcp.connect(lanes, server.endpoint(), LIMITS, () -> NONE, ASKS_NOTHING, null, soon())) {
            assertThat(client.version()).isEqualTo(ProtocolVersion.NEWEST);
            assertThat(client.call(echo("hello"), NONE, soon()).error()).isFalse();
            assertThat(server.received).noneMatch(body -> body.contains("\"initialize\""));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "die",
                "cut",
                "garbage",
                "wrong id",
                "no content",
                "redirect",
                "accepted",
                "status 500",
                "endless",
                "endless event",
                "silent end"
            })
    void failsOnlyTheCallThatTheUpstreamFailed(String vice) {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, callOf(vice), soon(), OutcomeClass.ENV_ERROR);

            assertThat(server.calls).hasValue(1);
            assertThat(adapter.call(echo("next"), NONE, soon()).error()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"error", "error 400"})
    void showsAJsonRpcErrorAsAToolErrorAndKeepsItsCode(String vice) {
        try (ToolAdapter adapter = connect()) {
            Observation observation = adapter.call(callOf(vice), NONE, soon());

            assertThat(observation.error()).isTrue();
            assertThat(text(observation)).isEqualTo("Unknown tool: x");
            assertThat(observation.metadata()).hasToString("{\"json_rpc_error\":{\"code\":-32602}}");
        }
    }

    @Test
    void findsItsAnswerInAStreamThatGoesOnAndAnswersPings() {
        try (ToolAdapter adapter = connect()) {
            assertThat(text(adapter.call(callOf("chatty"), NONE, soon()))).isEqualTo("at last");

            await(() -> server.received.contains("POST {\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{}}"));
        }
    }

    @Test
    void sendsOnlyHeadersOfItsOwn() {
        Credential own = new Credential.Header("Authorization", Secret.of("Bearer own"));
        try (ToolAdapter adapter = connect(own)) {
            assertThat(server.lastHeaders).containsEntry("authorization", "Bearer own");

            adapter.call(echo("x"), new Credential.Header("X-Key", Secret.of("k")), soon());

            assertThat(server.lastHeaders)
                    .containsEntry("accept", "application/json, text/event-stream")
                    .containsEntry("content-type", "application/json")
                    .containsEntry("mcp-protocol-version", "2025-06-18")
                    .containsEntry("mcp-session-id", "session-0")
                    .containsEntry("x-key", "k")
                    .containsOnlyKeys(
                            "accept",
                            "content-type",
                            "content-length",
                            "host",
                            "mcp-protocol-version",
                            "mcp-session-id",
                            "x-key");
        }
    }

    @Test
    void refusesACredentialThatIsNoHeader() {
        try (ToolAdapter adapter = connect()) {
            Credential split = new Credential.Header("X-Key", Secret.of("a\r\nX-Other: b"));

            assertThatThrownBy(() -> adapter.call(echo("x"), split, soon())).isInstanceOf(Refusal.class);
            assertThat(server.calls).hasValue(0);
        }
    }

    @Test
    void opensALostSessionAgainOnceForAllCalls() throws Exception {
        try (ToolAdapter adapter = connect();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            server.restart();

            List<Future<Observation>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                calls.add(executor.submit(() -> adapter.call(echo("x"), NONE, soon())));
            }

            for (Future<Observation> call : calls) {
                assertThat(call.get().error()).isFalse();
            }
            assertThat(server.calls).hasValue(20);
            assertThat(server.received)
                    .filteredOn(message -> message.contains("\"initialize\""))
                    .hasSize(2);
        }
    }

    @Test
    void sendsNothingOnceTheDeadlineHasPassed() {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, echo("late"), Deadline.in(Duration.ZERO), OutcomeClass.TIMEOUT);
            adapter.call(echo("next"), NONE, soon());

            assertThat(server.calls).hasValue(1);
        }
    }

    @Test
    void cancelsUpstreamWhatTimedOut() {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, callOf("hang"), Deadline.in(Duration.ofMillis(100)), OutcomeClass.TIMEOUT);

            await(() -> server.received.stream().anyMatch(message -> message.contains("notifications/cancelled")));
        }
    }

    @Test
    void endsTheSessionWhenClosed() {
        connect().close();

        await(() -> server.received.contains("DELETE "));
    }

    @Test
    void reusesItsConnection() {
        try (ToolAdapter adapter = connect()) {
            for (int i = 0; i < 100; i++) {
                adapter.call(echo("x"), NONE, soon());
            }
            assertThat(server.connections).hasValueLessThanOrEqualTo(2);
        }
    }

    @Test
    void refusesACallWhenTooManyWaitForAConnection() throws Exception {
        HttpLimits narrow = new HttpLimits(1024, Duration.ofSeconds(2), Duration.ofSeconds(4), 1, 1, 1);
        HttpLanes one = new HttpLanes(vertx, narrow, 1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                ToolAdapter adapter = StreamableHttpMcp.connect(
                        one, server.endpoint(), narrow, () -> NONE, ASKS_NOTHING, SESSIONS, soon())) {
            Future<?> first = executor.submit(() -> adapter.call(callOf("hang"), NONE, soon()));
            await(() -> server.calls.get() == 1);
            List<Future<?>> others = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                others.add(executor.submit(() -> adapter.call(echo("x"), NONE, Deadline.in(Duration.ofMillis(500)))));
            }
            await(() -> others.stream().anyMatch(Future::isDone));

            assertThat(first.isDone()).isFalse();
            assertThat(others.stream().filter(Future::isDone).map(Future::exceptionNow))
                    .allSatisfy(
                            refused -> assertThat(((Refusal) refused).code()).isEqualTo("upstream.busy"));
        }
        one.close();
    }

    /** Calls that are given up just when their answer comes must not cost those that have their connection next. */
    @Test
    void losesNoCallToTheResetOfAnother() throws Exception {
        HttpLanes shared = new HttpLanes(vertx, LIMITS, 2);
        List<ToolAdapter> adapters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            adapters.add(StreamableHttpMcp.connect(
                    shared, server.endpoint(), LIMITS, () -> NONE, ASKS_NOTHING, SESSIONS, soon()));
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                ToolAdapter adapter = adapters.get(i % adapters.size());
                SplittableRandom random = new SplittableRandom(i);
                callers.add(executor.submit(() -> answered(adapter, random)));
            }
            for (Future<Integer> caller : callers) {
                assertThat(caller.get()).isEqualTo(100);
            }
        }
        adapters.forEach(ToolAdapter::close);
        shared.close();
    }

    /** How many calls were answered of a hundred with time enough, between others that have too little. */
    private static int answered(ToolAdapter adapter, SplittableRandom random) {
        int answered = 0;
        for (int i = 0; i < 100; i++) {
            try {
                adapter.call(echo("hasty"), NONE, Deadline.in(Duration.ofNanos(random.nextLong(3_000_000))));
            } catch (Refusal late) {
                assertThat(late.outcome()).isIn(OutcomeClass.TIMEOUT, OutcomeClass.ENV_ERROR);
            }
            answered += adapter.call(echo("calm"), NONE, soon()).error() ? 0 : 1;
        }
        return answered;
    }

    @Test
    void refusesToConnectWhereNobodyListens() {
        URI nobody = server.endpoint();
        server.close();

        assertThatThrownBy(() ->
                        StreamableHttpMcp.connect(lanes, nobody, LIMITS, () -> NONE, ASKS_NOTHING, SESSIONS, soon()))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(OutcomeClass.ENV_ERROR));
    }

    @AfterEach
    void stopServer() {
        server.close();
    }
}
