package dev.stepgate.gateway.upstream;

import dev.stepgate.environment.Faults;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The faults of one run. Which of its calls they strike depends on the manifest's seed, the run's seed and the call's number in the
 * run, and on nothing else. What the agent sees of one is what it would see of a true one. Thread-safe.
 */
final class FaultInjection {
    private final Faults faults;
    private final SplittableRandom random;

    /** What comes over one call. */
    private record Fate(Duration later, OutcomeClass outcome) {}

    /** @param seed the run's own, or null */
    FaultInjection(Faults faults, @Nullable Long seed) {
        this.faults = faults;
        this.random = new SplittableRandom(faults.seed() * 31 + (seed == null ? 0 : seed));
    }

    /**
     * Makes a call, or has it fail.
     *
     * @param lose ends the upstream for this run
     */
    Observation call(Deadline deadline, Runnable lose, Supplier<Observation> made) {
        if (faults.equals(Faults.NONE)) {
            return made.get();
        }
        Fate fate = next();
        delay(fate.later(), deadline);
        return switch (fate.outcome()) {
            case TIMEOUT -> throw Refusal.timeout("the tool gave no answer in time");
            case ENV_ERROR -> {
                lose.run();
                throw Refusal.environmentFailed("the upstream ended during the call");
            }
            case TOOL_ERROR -> Observation.of(CallToolResult.text("the tool failed: try again", true));
            case OK, POLICY_DENIED, INVALID_ARGUMENTS, BUDGET, EPISODE_OVER, CANCELLED, INFRA_ERROR -> made.get();
        };
    }

    /** Draws as often for each call, so that a call's fate does not depend on that of the ones before. */
    private synchronized Fate next() {
        double late = random.nextDouble();
        double share = random.nextDouble();
        double fault = random.nextDouble();
        long most = faults.longest().minus(faults.shortest()).toNanos();
        Duration later = late < faults.delayed() ? faults.shortest().plusNanos((long) (share * most)) : Duration.ZERO;
        return new Fate(later, outcome(fault));
    }

    private OutcomeClass outcome(double fault) {
        double timeouts = faults.timeout();
        double lost = timeouts + faults.environmentError();
        if (fault < timeouts) {
            return OutcomeClass.TIMEOUT;
        }
        if (fault < lost) {
            return OutcomeClass.ENV_ERROR;
        }
        return fault < lost + faults.toolError() ? OutcomeClass.TOOL_ERROR : OutcomeClass.OK;
    }

    private static void delay(Duration later, Deadline deadline) {
        if (later.isZero()) {
            return;
        }
        Duration left = Duration.ofNanos(Math.max(0, deadline.remainingNanos()));
        boolean tooLate = later.compareTo(left) >= 0;
        try {
            Thread.sleep(tooLate ? left : later);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Refusal.of(OutcomeClass.CANCELLED, "cancelled", "the caller gave up");
        }
        if (tooLate) {
            throw Refusal.timeout("the tool gave no answer in time");
        }
    }
}
