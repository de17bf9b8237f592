package dev.stepgate.policy;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one principal has in flight and has begun within the last minute in one environment, over all its episodes. Safe for
 * use by many threads and without locks, because episodes share it. Its memory is bounded by the tools of the policy and
 * by the calls that each may make in a minute.
 */
public final class CallerLedger {
    private final Map<String, ToolUse> tools = new ConcurrentHashMap<>();

    private static final class ToolUse {
        private final AtomicInteger inFlight = new AtomicInteger();
        private volatile MinuteWindow minute = new MinuteWindow(0);
    }

    /** Takes a place among the concurrent calls and in the minute, or says which of the two is full. */
    Optional<DenyCode> acquire(String tool, ToolLimits limits, long nowMillis) {
        ToolUse use = tools.computeIfAbsent(tool, _ -> new ToolUse());
        if (use.inFlight.incrementAndGet() > limits.concurrent()) {
            use.inFlight.decrementAndGet();
            return Optional.of(DenyCode.BUDGET_CONCURRENT);
        }
        if (limits.perMinute() != ToolLimits.UNLIMITED
                && !minute(use, limits.perMinute()).take(nowMillis)) {
            use.inFlight.decrementAndGet();
            return Optional.of(DenyCode.BUDGET_PER_MINUTE);
        }
        return Optional.empty();
    }

    /** Takes a place whatever the limits say. */
    void acquireAnyway(String tool) {
        tools.computeIfAbsent(tool, _ -> new ToolUse()).inFlight.incrementAndGet();
    }

    void release(String tool) {
        ToolUse use = tools.get(tool);
        if (use != null) {
            use.inFlight.decrementAndGet();
        }
    }

    /** Whether forgetting it would change no decision. */
    public boolean isIdle(long nowMillis) {
        return tools.values().stream().allMatch(use -> use.inFlight.get() == 0 && use.minute.isIdle(nowMillis));
    }

    /** A reload may change how many calls a minute takes; what was counted before is carried over. */
    private static MinuteWindow minute(ToolUse use, int perMinute) {
        MinuteWindow minute = use.minute;
        if (minute.calls() == perMinute) {
            return minute;
        }
        synchronized (use) { // once after a reload, never while calls are decided
            if (use.minute.calls() != perMinute) {
                use.minute = use.minute.resized(perMinute);
            }
            return use.minute;
        }
    }
}
