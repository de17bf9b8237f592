package dev.stepgate.adapter;

import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Waiting that ends at a deadline, with a refusal. */
public final class Waits {
    private Waits() {}

    /** Refuses with {@code timeout} once the deadline has passed: what starts then would act for nobody. */
    public static void requireTimeLeft(Deadline deadline) {
        if (deadline.hasPassed()) {
            throw Refusal.timeout("no time was left for the call");
        }
    }

    /** Takes permits, or refuses with {@code timeout} and this message. */
    public static void acquire(Semaphore permits, int count, Deadline deadline, String otherwise) {
        try {
            if (!permits.tryAcquire(count, deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw Refusal.timeout(otherwise);
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** What an interrupted call comes to; the thread stays marked. */
    public static Refusal interrupted() {
        Thread.currentThread().interrupt();
        return cancelled();
    }

    /** What a call comes to that nobody waits for any more. */
    public static Refusal cancelled() {
        return Refusal.of(OutcomeClass.CANCELLED, "cancelled", "the caller gave up");
    }
}
