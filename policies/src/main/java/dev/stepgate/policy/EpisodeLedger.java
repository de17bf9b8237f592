package dev.stepgate.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * What one run of an episode has spent and what it carries, calls in flight included. Safe for use by many threads; its lock
 * is its own episode's alone and held for microseconds. Its memory is bounded by the tools of the policy and by
 * {@value #MAX_DISTINCT} distinct arguments of each tool that limits equal calls.
 */
public final class EpisodeLedger implements EpisodeView {
    /** Beyond this many distinct arguments of one tool further ones are denied: forgetting one would let it be repeated. */
    public static final int MAX_DISTINCT = 16_384;

    /** What a result is reserved at where its tool sets no limit but the episode does. */
    public static final long DEFAULT_RESULT_BYTES = 1024 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, ToolUse> tools = new HashMap<>();
    private final Map<Label, Integer> carried = new HashMap<>();
    private long calls;
    private long cost;
    private long resultBytes;

    /**
     * A call that asks to be counted.
     *
     * @param fingerprint of its arguments, the same for equal ones
     */
    record Ask(String tool, long fingerprint) {}

    private static final class ToolUse {
        private long calls;
        private final Map<Long, Integer> byArguments = new HashMap<>();
    }

    @Override
    public long calls(String tool) {
        return locked(() -> {
            ToolUse use = tools.get(tool);
            return use == null ? 0L : use.calls;
        });
    }

    @Override
    public long cost() {
        return locked(() -> cost);
    }

    @Override
    public boolean carries(LabelKind kind, String label) {
        return locked(() -> carried.containsKey(new Label(kind, label)));
    }

    /** The bytes of results that were passed on or are reserved. */
    public long resultBytes() {
        return locked(() -> resultBytes);
    }

    <T> T heldStill(Supplier<T> decision) {
        return locked(decision);
    }

    /** Which limit or budget one more call would exceed, if any. To be asked while held still. */
    Optional<DenyCode> exceeded(Ask ask, ToolTerms terms, EpisodeBudget budget) {
        ToolUse use = tools.computeIfAbsent(ask.tool(), _ -> new ToolUse());
        if (use.calls >= terms.limits().perEpisode()) {
            return Optional.of(DenyCode.BUDGET_PER_EPISODE);
        }
        if (repeatedTooOften(use, ask, terms.limits().sameArgs())) {
            return Optional.of(DenyCode.BUDGET_SAME_ARGS);
        }
        if (calls >= budget.calls()) {
            return Optional.of(DenyCode.BUDGET_CALLS);
        }
        if (terms.limits().cost() > budget.cost() - cost) {
            return Optional.of(DenyCode.BUDGET_COST);
        }
        return resultBytes >= budget.resultBytes() ? Optional.of(DenyCode.BUDGET_RESULT_BYTES) : Optional.empty();
    }

    private static boolean repeatedTooOften(ToolUse use, Ask ask, int sameArgs) {
        if (sameArgs == ToolLimits.UNLIMITED) {
            return false;
        }
        Integer before = use.byArguments.get(ask.fingerprint());
        return before == null ? use.byArguments.size() >= MAX_DISTINCT : before >= sameArgs;
    }

    /** Counts a call. To be done while held still, right after nothing was exceeded. */
    Reservation reserve(Ask ask, ToolTerms terms, EpisodeBudget budget, CallerLedger caller) {
        ToolUse use = tools.computeIfAbsent(ask.tool(), _ -> new ToolUse());
        use.calls++;
        calls++;
        cost += terms.limits().cost();
        if (terms.limits().sameArgs() != ToolLimits.UNLIMITED) {
            use.byArguments.merge(ask.fingerprint(), 1, Integer::sum);
        }
        terms.labels().forEach(label -> carried.merge(label, 1, Integer::sum));
        long most = terms.result().maxBytes();
        if (budget.resultBytes() != Long.MAX_VALUE) {
            long asked = Math.min(most, DEFAULT_RESULT_BYTES);
            most = terms.shadow() ? asked : Math.min(asked, budget.resultBytes() - resultBytes);
            resultBytes += most;
        }
        return new Reservation(this, caller, ask, terms, most);
    }

    void settle(long reserved, long used) {
        locked(() -> {
            if (reserved <= resultBytes) {
                resultBytes -= reserved - used;
            } else {
                resultBytes += used; // the budget came with a reload, after this call was counted
            }
            return resultBytes;
        });
    }

    void release(Ask ask, ToolTerms terms, long reserved) {
        locked(() -> {
            ToolUse use = tools.computeIfAbsent(ask.tool(), _ -> new ToolUse());
            use.calls--;
            calls--;
            cost -= terms.limits().cost();
            use.byArguments.computeIfPresent(ask.fingerprint(), (_, times) -> times > 1 ? times - 1 : null);
            terms.labels()
                    .forEach(label -> carried.computeIfPresent(label, (_, times) -> times > 1 ? times - 1 : null));
            resultBytes -= reserved <= resultBytes ? reserved : 0;
            return calls;
        });
    }

    private <T> T locked(Supplier<T> read) {
        lock.lock();
        try {
            return read.get();
        } finally {
            lock.unlock();
        }
    }
}
