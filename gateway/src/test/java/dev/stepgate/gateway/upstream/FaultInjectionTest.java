package dev.stepgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.Faults;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FaultInjectionTest {
    private static final Faults SOME = new Faults(7, 0, Duration.ZERO, Duration.ZERO, 0.1, 0.1, 0.1);
    private static final int CALLS = 4_000;

    private final AtomicInteger made = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();

    private List<String> outcomes(FaultInjection injection) {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            try {
                Observation observation =
                        injection.call(Deadline.in(Duration.ofSeconds(30)), lost::incrementAndGet, () -> {
                            made.incrementAndGet();
                            return Observation.of(CallToolResult.text("hello", false));
                        });
                outcomes.add(observation.error() ? "tool_error" : "ok");
            } catch (Refusal refusal) {
                outcomes.add(refusal.outcome().wireName());
            }
        }
        return outcomes;
    }

    @Test
    void strikesTheSameCallsForTheSameSeedsAndOthersForAnother() {
        List<String> first = outcomes(new FaultInjection(SOME, 3L));
        assertThat(outcomes(new FaultInjection(SOME, 3L))).isEqualTo(first);
        assertThat(outcomes(new FaultInjection(SOME, 4L))).isNotEqualTo(first);
    }

    @Test
    void strikesAsOftenAsItIsTold() {
        List<String> outcomes = outcomes(new FaultInjection(SOME, null));
        for (String outcome : List.of("timeout", "env_error", "tool_error")) {
            assertThat(outcomes.stream().filter(outcome::equals)).hasSizeBetween(CALLS / 13, CALLS / 8);
        }
        assertThat(made.get()).as("what fails does not reach the tool").isEqualTo((int)
                outcomes.stream().filter("ok"::equals).count());
        assertThat(lost.get())
                .isEqualTo((int) outcomes.stream().filter("env_error"::equals).count());
    }

    @Test
    void leavesCallsAloneWhereNothingIsDeclared() {
        assertThat(outcomes(new FaultInjection(Faults.NONE, 3L))).containsOnly("ok");
    }

    @Test
    void aDelayEndsAtTheDeadline() {
        Faults slow = new Faults(1, 1, Duration.ofSeconds(50), Duration.ofSeconds(50), 0, 0, 0);
        String outcome = "";
        try {
            new FaultInjection(slow, null).call(Deadline.in(Duration.ofMillis(20)), lost::incrementAndGet, () -> {
                throw new AssertionError("the call was made");
            });
        } catch (Refusal refusal) {
            outcome = refusal.outcome().wireName();
        }
        assertThat(outcome).isEqualTo("timeout");
    }
}
