package dev.stepgate.adapter.stdio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.ToolAdapterContract;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import dev.stepgate.tool.Secret;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StdioMcpTest extends ToolAdapterContract {
    private static final StdioLimits LIMITS = new StdioLimits(1 << 20, 128);

    private static final ObjectNode ELICITATION = JsonNodeFactory.instance.objectNode();

    static {
        ELICITATION.putObject("elicitation").putObject("url");
    }

    private final List<Process> children = new CopyOnWriteArrayList<>();

    @Override
    protected ToolAdapter connect() {
        return connect("2025-11-25");
    }

    private ToolAdapter connect(String version) {
        return connect(version, ASKS_NOTHING);
    }

    private ToolAdapter connect(String version, ObjectNode mostCapabilities) {
        Process child = start(version);
        return StdioMcp.connect(
                child.getInputStream(),
                child.getOutputStream(),
                () -> end(child),
                LIMITS,
                mostCapabilities,
                SESSIONS,
                soon());
    }

    private Process start(String version) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        try {
            Process child = new ProcessBuilder(
                            java,
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xshare:auto",
                            "-cp",
                            System.getProperty("java.class.path"),
                            FakeStdioServer.class.getName(),
                            version)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            children.add(child);
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(Process child) {
        child.destroyForcibly().onExit().join();
    }

    @Override
    protected void assertThatNothingIsLeft() {
        assertThat(children).noneMatch(Process::isAlive);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("stepgate-stdio"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"die", "garbage", "array", "endless"})
    void failsAllWaitingCallsAtOnceWhenTheChildFails(String vice) throws Exception {
        try (ToolAdapter adapter = connect();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                calls.add(executor.submit(() -> adapter.call(callOf("hang"), NONE, soon())));
            }
            adapter.listTools(soon());
            long start = System.nanoTime();

            assertThatRefused(adapter, callOf(vice), soon(), OutcomeClass.ENV_ERROR);

            for (Future<?> call : calls) {
                assertThatRefused(call, OutcomeClass.ENV_ERROR);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
            assertThat(adapter.usable()).isFalse();
        }
    }

    @Test
    void asksAnAgentThatDoesNotKnowTheErrorForTheVisitAndCallsAgain() {
        try (ToolAdapter adapter = connect("2025-11-25", ELICITATION)) {
            List<Downstream.Question> asked = new ArrayList<>();

            Observation observation = adapter.call(callOf("visit"), NONE, soon(), visitor("accept", asked));

            assertThat(observation.result().at("/content/0/text").textValue()).isEqualTo("visited");
            assertThat(asked).singleElement().satisfies(question -> {
                assertThat(question.method()).isEqualTo("elicitation/create");
                assertThat(String.valueOf(question.params())).contains("\"mode\":\"url\"", "\"https://example.org\"");
            });
        }
    }

    @Test
    void doesNotCallAgainWhereTheVisitIsDeclined() {
        try (ToolAdapter adapter = connect("2025-11-25", ELICITATION)) {
            assertThatThrownBy(() -> adapter.call(callOf("visit"), NONE, soon(), visitor("decline", new ArrayList<>())))
                    .isInstanceOfSatisfying(
                            Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("input.refused"));
        }
    }

    /** The agent's own revision has the error, or the manifest does not let the upstream ask. */
    @Test
    void leavesTheErrorToWhoeverIsNotToBeAsked() {
        try (ToolAdapter knows = connect("2025-11-25", ELICITATION);
                ToolAdapter mayNot = connect("2025-11-25", ASKS_NOTHING)) {
            List<Downstream.Question> asked = new ArrayList<>();

            for (Observation observation : List.of(
                    knows.call(callOf("visit"), NONE, soon()),
                    mayNot.call(callOf("visit"), NONE, soon(), visitor("accept", asked)))) {
                assertThat(String.valueOf(observation.metadata())).contains("-32042");
            }
            assertThat(asked).isEmpty();
        }
    }

    private static Downstream visitor(String action, List<Downstream.Question> asked) {
        return new Downstream() {
            @Override
            public boolean takesVisitError() {
                return false;
            }

            @Override
            public Map<String, Reply> ask(Map<String, Question> questions) {
                asked.addAll(questions.values());
                Map<String, Reply> answers = new HashMap<>();
                questions
                        .keySet()
                        .forEach(key -> answers.put(
                                key,
                                new Reply.Result(
                                        JsonNodeFactory.instance.objectNode().put("action", action))));
                return answers;
            }
        };
    }

    /** The child offers 1 GiB without a line break; what is held of it is the limit of a line. */
    @Test
    void holdsNoMoreOfALineThanItsLimit() {
        try (ToolAdapter adapter = connect()) {
            System.gc();
            long before = used();

            assertThatRefused(adapter, callOf("endless"), soon(), OutcomeClass.ENV_ERROR);

            System.gc();
            assertThat(used() - before).isLessThan(16L << 20);
        }
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void takesTheFirstOfTwoAnswersAndStaysInStep() {
        try (ToolAdapter adapter = connect()) {
            assertThat(text(adapter.call(callOf("twice"), NONE, soon()))).isEqualTo("first");
            assertThat(text(adapter.call(callOf("ping"), NONE, soon()))).isEqualTo("pinged");
        }
    }

    @Test
    void dropsAnswersToIdsItDidNotSend() {
        try (ToolAdapter adapter = connect()) {
            assertThat(text(adapter.call(callOf("unknown id"), NONE, soon()))).isEqualTo("mine");
        }
    }

    @Test
    void livesThroughAFloodOfNotifications() {
        try (ToolAdapter adapter = connect()) {
            assertThat(text(adapter.call(callOf("flood"), NONE, soon()))).isEqualTo("after the flood");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"no content", "no object"})
    void losesOnlyTheCallWhoseAnswerIsNone(String vice) {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, callOf(vice), soon(), OutcomeClass.ENV_ERROR);
            assertThat(adapter.usable()).isTrue();
            assertThat(adapter.call(echo("next"), NONE, soon()).error()).isFalse();
        }
    }

    @Test
    void showsAJsonRpcErrorAsAToolErrorAndKeepsItsCode() {
        try (ToolAdapter adapter = connect()) {
            Observation observation = adapter.call(callOf("error"), NONE, soon());

            assertThat(observation.error()).isTrue();
            assertThat(text(observation)).isEqualTo("Unknown tool: x");
            assertThat(observation.metadata()).hasToString("{\"json_rpc_error\":{\"code\":-32602,\"data\":{\"d\":1}}}");
        }
    }

    @Test
    void answersAPing() {
        try (ToolAdapter adapter = connect()) {
            adapter.call(callOf("ping"), NONE, soon());

            assertThat(text(adapter.call(callOf("heard"), NONE, soon())))
                    .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{}}");
        }
    }

    @Test
    void refusesOtherRequestsOfTheServer() {
        try (ToolAdapter adapter = connect()) {
            adapter.call(callOf("sample"), NONE, soon());

            assertThat(text(adapter.call(callOf("heard"), NONE, soon()))).contains("\"id\":\"s\"", "-32601");
        }
    }

    @Test
    void cancelsUpstreamWhatTimedOut() {
        try (ToolAdapter adapter = connect()) {
            assertThatRefused(adapter, callOf("hang"), Deadline.in(Duration.ofMillis(100)), OutcomeClass.TIMEOUT);

            assertThat(text(adapter.call(callOf("cancellations"), NONE, soon())))
                    .isEqualTo("1");
        }
    }

    /** More is sent than a pipe holds. */
    @Test
    void keepsItsDeadlinesWithAChildThatDoesNotRead() {
        ToolCall large =
                new ToolCall("echo", JsonNodeFactory.instance.objectNode().put("text", "a".repeat(600_000)), null);
        Deadline all = Deadline.in(Duration.ofSeconds(5));
        try (ToolAdapter adapter = connect()) {
            for (ToolCall call : List.of(callOf("deaf"), large, large, large)) {
                assertThatRefused(adapter, call, Deadline.in(Duration.ofMillis(100)), OutcomeClass.TIMEOUT);
            }
        }
        assertThat(all.hasPassed()).as("closing takes no longer").isFalse();
    }

    @Test
    void refusesACallThatIsLongerThanALine() {
        try (ToolAdapter adapter = connect()) {
            ToolCall large =
                    new ToolCall("echo", JsonNodeFactory.instance.objectNode().put("text", "a".repeat(1 << 20)), null);

            assertThatRefused(adapter, large, soon(), OutcomeClass.INVALID_ARGUMENTS);
            assertThat(adapter.usable()).isTrue();
        }
    }

    @Test
    void acceptsAnOlderRevision() {
        try (ToolAdapter adapter = connect("2025-03-26")) {
            assertThat(adapter.listTools(soon())).hasSize(3);
        }
    }

    @Test
    void endsAChildThatSpeaksARevisionItDoesNotKnow() {
        assertThatThrownBy(() -> connect("1999-01-01")).isInstanceOf(Refusal.class);

        assertThat(children.getLast().isAlive()).isFalse();
    }

    @Test
    void takesNoCredential() {
        try (ToolAdapter adapter = connect()) {
            Credential header = new Credential.Header("Authorization", Secret.of("x"));

            assertThatThrownBy(() -> adapter.call(echo("x"), header, soon()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
