package dev.stepgate.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every adapter does, whatever it speaks. Its upstream has the tools of {@link FakeTools}. */
public abstract class ToolAdapterContract {
    protected static final Credential NONE = new Credential.None();

    protected static final ObjectNode ASKS_NOTHING = JsonNodeFactory.instance.objectNode();
    protected static final ProtocolVersion SESSIONS = ProtocolVersion.NEWEST_WITH_SESSIONS;

    private @Nullable ToolAdapter connected;

    /** An adapter that is connected to an upstream with {@link FakeTools}. */
    protected abstract ToolAdapter connect();

    /**
     * Whether the upstream answers one request at a time and without ids. Then a call that is given up takes the connection
     * with it: its late answer could be taken for that of the next call.
     */
    protected boolean answersInTurn() {
        return false;
    }

    private void assertThatOnlyOthersGoOn(ToolAdapter adapter) {
        if (answersInTurn()) {
            assertThat(adapter.usable()).isFalse();
            assertThatRefused(adapter, echo("next"), soon(), OutcomeClass.ENV_ERROR);
        } else {
            assertThat(adapter.usable()).isTrue();
            assertThat(adapter.call(echo("next"), NONE, soon())
                            .result()
                            .at("/structuredContent/text")
                            .asText())
                    .isEqualTo("next");
        }
    }

    /** The adapter of this test; connected when first asked for, so that a test with its own has only that. */
    private ToolAdapter adapter() {
        ToolAdapter adapter = connected == null ? AdapterStack.around(connect(), 128) : connected;
        connected = adapter;
        return adapter;
    }

    @AfterEach
    void closeAdapter() {
        if (connected != null) {
            connected.close();
            connected = null;
        }
        assertThatNothingIsLeft();
    }

    /** Run when the adapter is closed: nothing of it may live on. */
    protected void assertThatNothingIsLeft() {}

    /** Waits for what another thread does. */
    protected static void await(BooleanSupplier condition) {
        Deadline deadline = soon();
        while (!condition.getAsBoolean()) {
            assertThat(deadline.hasPassed()).as("waited too long").isFalse();
            LockSupport.parkNanos(1_000_000);
        }
    }

    protected static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    protected static ToolCall callOf(String tool) {
        return new ToolCall(tool, JsonNodeFactory.instance.objectNode(), null);
    }

    protected static ToolCall echo(String text) {
        return new ToolCall("echo", JsonNodeFactory.instance.objectNode().put("text", text), null);
    }

    protected static String text(Observation observation) {
        return observation.result().at("/content/0/text").asText();
    }

    protected static void assertThatRefused(
            ToolAdapter adapter, ToolCall call, Deadline deadline, OutcomeClass outcome) {
        assertThatThrownBy(() -> adapter.call(call, NONE, deadline))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(outcome));
    }

    protected static void assertThatRefused(Future<?> call, OutcomeClass outcome) {
        assertThatThrownBy(call::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(outcome));
    }

    @Test
    void listsToolsInOrderWithFieldsItDoesNotKnow() {
        ToolAdapter adapter = adapter();
        assertThat(adapter.listTools(soon()))
                .extracting(ToolDescriptor::definition)
                .isEqualTo(FakeTools.definitions());
    }

    @Test
    void keepsEveryFieldOfAResult() {
        ToolAdapter adapter = adapter();
        ObjectNode arguments = FakeTools.object("{\"a\":{\"b\":[1.0,1.10,\"\u20ac\",null]}}");

        Observation observation = adapter.call(new ToolCall("echo", arguments, null), NONE, soon());

        assertThat(observation.result().toString())
                .isEqualTo(FakeTools.call("echo", arguments).toString());
        assertThat(observation.error()).isFalse();
        assertThat(observation.reward()).isNull();
    }

    @Test
    void saysThatAToolFailed() {
        ToolAdapter adapter = adapter();
        Observation observation = adapter.call(callOf("fail"), NONE, soon());

        assertThat(observation.error()).isTrue();
        assertThat(observation.result().at("/content/0/text").asText()).isEqualTo("it failed");
    }

    @Test
    void givesUpAtTheDeadlineAndGoesOnWithOtherCalls() {
        ToolAdapter adapter = adapter();
        long start = System.nanoTime();

        assertThatThrownBy(() -> adapter.call(callOf("hang"), NONE, Deadline.in(Duration.ofMillis(200))))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(OutcomeClass.TIMEOUT));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThatOnlyOthersGoOn(adapter);
    }

    @Test
    void doesNotSendACallWhoseDeadlineHasPassed() {
        ToolAdapter adapter = adapter();
        assertThatThrownBy(() -> adapter.call(echo("late"), NONE, Deadline.in(Duration.ofSeconds(-1))))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(OutcomeClass.TIMEOUT));
    }

    @Test
    void givesEachOfManyThreadsItsOwnAnswers() throws Exception {
        ToolAdapter adapter = adapter();
        List<Future<?>> threads = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < 64; t++) {
                String name = "thread" + t;
                threads.add(executor.submit(() -> callManyTimes(adapter, name)));
            }
        }
        for (Future<?> thread : threads) {
            thread.get();
        }
    }

    private void callManyTimes(ToolAdapter adapter, String name) {
        for (int i = 0; i < 100; i++) {
            String text = name + "/" + i;
            Observation observation = adapter.call(echo(text), NONE, soon());
            assertThat(observation.result().at("/structuredContent/text").asText())
                    .isEqualTo(text);
        }
    }

    @Test
    void failsWaitingCallsAtOnceWhenClosed() throws Exception {
        ToolAdapter adapter = adapter();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                calls.add(executor.submit(() -> adapter.call(callOf("hang"), NONE, soon())));
            }
            if (!answersInTurn()) {
                adapter.call(echo("all are on their way"), NONE, soon());
            }
            long start = System.nanoTime();

            adapter.close();

            for (Future<?> call : calls) {
                assertThatRefused(call, OutcomeClass.ENV_ERROR);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    void refusesCallsOnceClosed() {
        ToolAdapter adapter = adapter();
        adapter.close();
        adapter.close();

        assertThat(adapter.usable()).isFalse();
        assertThatThrownBy(() -> adapter.call(echo("x"), NONE, soon()))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.outcome()).isEqualTo(OutcomeClass.ENV_ERROR));
    }

    @Test
    void endsACallWhoseThreadIsInterrupted() throws Exception {
        ToolAdapter adapter = adapter();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> call = executor.submit(() -> {
                Thread.currentThread().interrupt();
                return adapter.call(callOf("hang"), NONE, soon());
            });
            assertThatRefused(call, OutcomeClass.CANCELLED);
        }
        if (!answersInTurn()) {
            assertThat(adapter.call(echo("next"), NONE, soon()).error()).isFalse();
        }
    }
}
