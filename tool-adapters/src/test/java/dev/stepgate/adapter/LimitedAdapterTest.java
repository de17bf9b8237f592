package dev.stepgate.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.builtin.BundledAdapter;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LimitedAdapterTest {
    private final CountDownLatch began = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final ToolAdapter adapter =
            AdapterStack.around(new BundledAdapter(new FakeEnvironment(this::callWhenAllowed)), 1, Scrubber.NONE);

    private ObjectNode callWhenAllowed(String tool, ObjectNode arguments) {
        began.countDown();
        try {
            mayEnd.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return CallToolResult.text("done", false);
    }

    private Observation call(Duration within) {
        ToolCall call = new ToolCall("echo", JsonNodeFactory.instance.objectNode(), null);
        return adapter.call(call, new Credential.None(), Deadline.in(within));
    }

    @Test
    void makesACallWaitForAPlaceWithinItsDeadline() throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                adapter) {
            Future<Observation> first = executor.submit(() -> call(Duration.ofSeconds(20)));
            began.await();

            assertThatThrownBy(() -> call(Duration.ofMillis(50)))
                    .isInstanceOfSatisfying(
                            Refusal.class,
                            refusal -> assertThat(refusal.outcome()).isEqualTo(OutcomeClass.TIMEOUT));

            mayEnd.countDown();
            assertThat(first.get().error()).isFalse();
            assertThat(call(Duration.ofSeconds(20)).error()).isFalse();
        }
    }
}
