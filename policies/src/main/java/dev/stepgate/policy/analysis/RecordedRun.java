package dev.stepgate.policy.analysis;

import dev.stepgate.policy.CompiledTool;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.Label;
import dev.stepgate.policy.LabelKind;
import dev.stepgate.policy.PolicySet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a run had seen before one of its recorded calls, in the terms of a policy that may be another one. Immutable. */
public final class RecordedRun implements EpisodeView {
    private final Map<String, Long> calls = new HashMap<>();
    private final Set<Label> carried = new HashSet<>();
    private final long cost;

    private RecordedRun(PolicySet set, List<RecordedCall> before) {
        long sum = 0;
        for (RecordedCall call : before) {
            calls.merge(call.tool(), 1L, Long::sum);
            CompiledTool tool = set.tools().get(call.tool());
            if (tool != null) {
                sum += tool.terms().limits().cost();
                carried.addAll(tool.terms().labels());
            }
        }
        cost = sum;
    }

    /** The view of the call at a position, from 0: of the calls before it those of its own run that were made. */
    public static RecordedRun before(PolicySet set, List<RecordedCall> calls, int position) {
        String run = calls.get(position).run();
        return new RecordedRun(
                set,
                calls.subList(0, position).stream()
                        .filter(call -> call.made() && call.run().equals(run))
                        .toList());
    }

    @Override
    public long calls(String tool) {
        return calls.getOrDefault(tool, 0L);
    }

    @Override
    public long cost() {
        return cost;
    }

    @Override
    public boolean carries(LabelKind kind, String label) {
        return carried.contains(new Label(kind, label));
    }
}
