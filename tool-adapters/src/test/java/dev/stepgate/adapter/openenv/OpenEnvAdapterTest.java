package dev.stepgate.adapter.openenv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.EpisodeControl;
import dev.stepgate.adapter.FakeTools;
import dev.stepgate.adapter.ToolAdapterContract;
import dev.stepgate.adapter.openenv.FakeOpenEnvServer.Kind;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Secret;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenEnvAdapterTest extends ToolAdapterContract {
    private static final List<ActionTool> MOVE =
            List.of(new ActionTool("move", "", Map.of()), new ActionTool("jump", "Jumps.", Map.of("kind", "jump")));

    private final Vertx vertx = Vertx.vertx();
    private final OpenEnvTransport transport = new OpenEnvTransport(vertx, OpenEnvLimits.DEFAULT);
    private final AtomicInteger ended = new AtomicInteger();
    private FakeOpenEnvServer server = new FakeOpenEnvServer(vertx, Kind.BASE);

    @AfterAll
    void closeClients() {
        transport.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @AfterEach
    void isInTurnAgain() {
        ended.set(0);
    }

    @Override
    protected boolean answersInTurn() {
        return true;
    }

    @Override
    protected ToolAdapter connect() {
        return connect(Kind.BASE, List.of());
    }

    @Override
    protected void assertThatNothingIsLeft() {
        await(() -> server.sockets.isEmpty());
        server.close();
    }

    private OpenEnvAdapter connect(Kind kind, List<ActionTool> actions) {
        server.close();
        server = new FakeOpenEnvServer(vertx, kind);
        return OpenEnvAdapter.connect(transport, endpoint(), actions, ended::incrementAndGet, soon());
    }

    private OpenEnvEndpoint endpoint() {
        return OpenEnvEndpoint.at(URI.create("http://127.0.0.1:" + server.port() + "/env/"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"BASE", "LATE", "BOTH", "LISTED"})
    void readsTheToolsOfEveryGeneration(Kind kind) {
        try (ToolAdapter adapter = connect(kind, List.of())) {
            assertThat(adapter.listTools(soon()))
                    .extracting(ToolDescriptor::definition)
                    .containsExactlyElementsOf(FakeTools.definitions());
        }
    }

    @Test
    void tellsTheGenerationOfAServer() {
        connect(Kind.LATE, List.of()).close();
        assertThat(ServerDocuments.of(transport, endpoint(), soon()).vintage()).isEqualTo(Vintage.LATE);
        connect(Kind.BASE, List.of()).close();
        assertThat(ServerDocuments.of(transport, endpoint(), soon()).vintage()).isEqualTo(Vintage.BASE);
        OpenEnvEndpoint other = OpenEnvEndpoint.at(URI.create("http://127.0.0.1:" + server.port() + "/other"));
        assertThat(ServerDocuments.of(transport, other, soon()).vintage()).isEqualTo(Vintage.UNKNOWN);
    }

    @Test
    void handsOnEveryArgumentOfAResetAndKeepsWhatComes() {
        ObjectNode arguments = FakeTools.object("{\"seed\":-7,\"episode_id\":\"E\",\"task\":{\"x\":[1.10]}}");
        try (OpenEnvAdapter adapter = connect(Kind.LATE, List.of())) {
            EpisodeControl.FirstObservation first = adapter.reset(arguments, soon());

            assertThat(first.fields()).hasToString("{\"asked\":" + arguments + "}");
            assertThat(first.reward()).hasToString("0.5");
            assertThat(first.done()).isFalse();
            assertThat(first.metadata()).hasToString("{\"seen\":true}");
            assertThat(adapter.state(soon()))
                    .hasToString("{\"episode_id\":\"own\",\"step_count\":3,\"custom\":[1.10]}");
        }
    }

    @Test
    void saysWhyAnEnvironmentRefusedAReset() {
        try (OpenEnvAdapter adapter = connect(Kind.BASE, List.of())) {
            ObjectNode arguments = FakeTools.object("{\"refuse\":true}");
            assertThatThrownBy(() -> adapter.reset(arguments, soon()))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("the environment could not be reset: no such task");
            assertThat(adapter.usable()).isTrue();
        }
    }

    @Test
    void keepsRewardEndMetadataAndExtraFieldsFromTheAgent() {
        try (ToolAdapter adapter = connect()) {
            Observation last = adapter.call(callOf("last"), NONE, soon());

            assertThat(last.reward()).hasToString("3");
            assertThat(last.done()).isTrue();
            assertThat(last.metadata()).hasToString("{\"why\":\"won\"}");
            assertThat(last.fields())
                    .hasToString("{\"tool_name\":\"last\",\"result\":7,\"error\":null,\"extra\":[1.10]}");
            assertThat(last.result())
                    .hasToString("{\"content\":[{\"type\":\"text\",\"text\":\"7\"}],\"isError\":false,"
                            + "\"structuredContent\":{\"result\":7}}");
        }
    }

    @Test
    void offersANativeActionAsATool() {
        try (OpenEnvAdapter adapter = connect(Kind.NATIVE, MOVE)) {
            List<ToolDescriptor> tools = adapter.listTools(soon());
            assertThat(tools).extracting(ToolDescriptor::name).containsExactly("move", "jump");
            assertThat(tools).extracting(ToolDescriptor::description).containsExactly("Moves.", "Jumps.");
            assertThat(tools.getFirst().inputSchema().path("required")).hasToString("[\"move\",\"kind\"]");
            assertThat(tools.getLast().inputSchema().path("required")).hasToString("[\"move\"]");
            assertThat(tools.getLast().inputSchema().path("properties"))
                    .hasToString("{\"move\":{\"type\":\"string\"}}");

            Observation moved =
                    adapter.call(new ToolCall("jump", FakeTools.object("{\"move\":\"a\"}"), null), NONE, soon());

            String board = "{\"board\":[1,2],\"took\":{\"move\":\"a\",\"kind\":\"jump\"}}";
            assertThat(moved.fields()).hasToString(board);
            assertThat(moved.result().path("structuredContent")).hasToString(board);
            assertThat(text(moved)).isEqualTo(board);
            assertThat(moved.reward()).hasToString("true");
        }
    }

    @Test
    void saysThatAnEnvironmentDidNotTakeAnAction() {
        try (ToolAdapter adapter = connect(Kind.NATIVE, MOVE)) {
            ToolCall call = new ToolCall("move", FakeTools.object("{\"move\":\"raise\"}"), null);
            Observation refused = adapter.call(call, NONE, soon());

            assertThat(refused.error()).isTrue();
            assertThat(text(refused)).isEqualTo("not a move");
            assertThat(refused.fields()).isNull();
            assertThat(adapter.usable()).isTrue();
        }
    }

    @Test
    void namesTheWayOutWhereAnEnvironmentHasNoTools() {
        try (ToolAdapter adapter = connect(Kind.NATIVE, List.of())) {
            assertThatThrownBy(() -> adapter.listTools(soon()))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("openenv: actions:");
        }
    }

    @Test
    void callsAToolByMcpWhereStepsAreOfAnotherKind() {
        try (ToolAdapter adapter = connect(Kind.BOTH, MOVE)) {
            assertThat(adapter.listTools(soon()))
                    .extracting(ToolDescriptor::name)
                    .contains("echo", "move");
            ObjectNode arguments = FakeTools.object("{\"text\":\"x\"}");
            Observation echoed = adapter.call(echo("x"), NONE, soon());
            assertThat(echoed.result())
                    .hasToString(FakeTools.call("echo", arguments).toString());
            assertThat(echoed.fields()).isNull();
            assertThat(adapter.call(callOf("fail"), NONE, soon()).error()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "die",
                "cut",
                "garbage",
                "array",
                "no data",
                "other type",
                "no observation",
                "odd reward",
                "binary",
                "ended"
            })
    void isOfNoMoreUseOnceTheServerFailed(String vice) {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, callOf(vice), soon(), OutcomeClass.ENV_ERROR);

            assertThat(adapter.usable()).isFalse();
            assertThatRefused(adapter, echo("next"), soon(), OutcomeClass.ENV_ERROR);
            assertThat(server.received).noneMatch(frame -> frame.contains("next"));
            await(() -> server.sockets.isEmpty());
        }
        assertThat(ended).hasValue(1);
    }

    @Test
    void goesOnAfterAnErrorOfTheEnvironment() {
        try (ToolAdapter adapter = connect()) {
            assertThat(text(adapter.call(callOf("raise"), NONE, soon()))).isEqualTo("it went wrong");
            assertThat(adapter.call(echo("next"), NONE, soon()).error()).isFalse();
        }
    }

    @Test
    void takesNoAnswerForThatOfAnotherCall() {
        try (ToolAdapter adapter = connect()) {
            assertThat(text(adapter.call(callOf("twice"), NONE, soon()))).isEqualTo("first");
            await(() -> !adapter.usable());
            assertThatRefused(adapter, echo("next"), soon(), OutcomeClass.ENV_ERROR);
        }
    }

    @Test
    void dropsTheSocketOfACallThatWasGivenUp() {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, callOf("hang"), Deadline.in(Duration.ofMillis(100)), OutcomeClass.TIMEOUT);
            await(() -> server.sockets.isEmpty());
        }
    }

    @Test
    void takesFramesOfTwentyMegabytesAndNumbersThatAreNone() {
        try (ToolAdapter adapter = connect()) {
            assertThat(text(adapter.call(callOf("big"), NONE, soon()))).hasSize(20 << 20);
            assertThat(adapter.call(callOf("nan"), NONE, soon()).reward()).isNull();
        }
    }

    @Test
    void refusesACallThatNoServerTakesAndGoesOn() {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, echo("x".repeat(17 << 20)), soon(), OutcomeClass.INVALID_ARGUMENTS);
            assertThat(adapter.call(echo("next"), NONE, soon()).error()).isFalse();
        }
    }

    @Test
    void saysThatAServerIsFull() {
        try (OpenEnvAdapter adapter = connect(Kind.FULL, List.of())) {
            assertThatThrownBy(() -> adapter.reset(JsonNodeFactory.instance.objectNode(), soon()))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("the upstream ended the session: CAPACITY_REACHED");
        }
    }

    @Test
    void endsWhatItWasGivenWhenThereIsNoServer() {
        connect(Kind.BASE, List.of()).close();
        server.close();
        ended.set(0);
        assertThatThrownBy(
                        () -> OpenEnvAdapter.connect(transport, endpoint(), List.of(), ended::incrementAndGet, soon()))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(OutcomeClass.ENV_ERROR));
        assertThat(ended).hasValue(1);
        server = new FakeOpenEnvServer(vertx, Kind.BASE);
    }

    @Test
    void takesNoCredential() {
        try (ToolAdapter adapter = connect()) {
            Credential header = new Credential.Header("Authorization", Secret.of("x"));
            assertThatThrownBy(() -> adapter.call(echo("x"), header, soon()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void waitsForAServerThatStartsAndNotForOneThatEnded() {
        connect(Kind.BASE, List.of()).close();
        transport.awaitHealthy(endpoint(), () -> true, soon());
        OpenEnvEndpoint nobody = OpenEnvEndpoint.at(URI.create("http://127.0.0.1:1"));
        AtomicInteger looks = new AtomicInteger();
        assertThatThrownBy(() -> transport.awaitHealthy(nobody, () -> looks.incrementAndGet() < 4, soon()))
                .isInstanceOf(Refusal.class)
                .hasMessage("the environment's server ended before it answered");
        assertThatThrownBy(() -> transport.awaitHealthy(nobody, () -> true, Deadline.in(Duration.ofMillis(200))))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(OutcomeClass.TIMEOUT));
    }
}
