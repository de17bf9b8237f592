package dev.stepgate.policy;

import dev.stepgate.policy.Explanation.Outcome;
import dev.stepgate.policy.Explanation.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says of a call how each part of the policy took it. Asks the same rules as the engine, one by one. Stateless. */
public final class PolicyExplainer {

    /** Explains a call; nothing is counted. */
    public Explanation explain(PolicySet set, AccessRequest request) {
        List<Step> steps = new ArrayList<>();
        CompiledTool tool = set.tools().get(request.tool());
        boolean visible = tool != null && tool.isVisibleTo(request.caller(), request.environment());
        steps.add(new Step("tool", request.tool(), of(visible), tool == null ? "the policy does not name it" : ""));
        if (tool != null) {
            schema(tool, request, steps);
            tool.deny().forEach(rule -> steps.add(rule("deny", rule, request)));
            tool.allow().forEach(rule -> steps.add(rule("allow", rule, request)));
            tool.terms()
                    .scopes()
                    .forEach(scope -> steps.add(
                            new Step("scope", scope, of(request.caller().holds(java.util.Set.of(scope))), "")));
            for (FlowRule flow : set.flows()) {
                boolean blocks = flow.blocks(tool.terms().labels(), request.episode());
                steps.add(new Step("flow", flow.id(), of(blocks), blocks ? "the episode carries " + flow.after() : ""));
            }
        }
        return new Explanation(set.label(), new PolicyEngine().decide(set, request), steps);
    }

    private static void schema(CompiledTool tool, AccessRequest request, List<Step> steps) {
        Optional<ArgumentsSchema.Mismatch> mismatch = tool.schema().check(request.arguments());
        steps.add(new Step(
                "schema",
                request.tool(),
                of(mismatch.isEmpty()),
                mismatch.map(one -> one.field() + ": expected " + one.expected())
                        .orElse("")));
    }

    private static Step rule(String kind, CompiledRule rule, AccessRequest request) {
        if (!rule.who().includes(request.caller())) {
            return new Step(kind, rule.id(), Outcome.NO, "it does not speak of this caller");
        }
        boolean denies = kind.equals("deny");
        for (ArgumentCheck check : rule.checks()) {
            Optional<String> broken = check.brokenBy(request.arguments());
            if (denies ? !check.mayHold(request.arguments()) : broken.isPresent()) {
                return new Step(kind, rule.id(), Outcome.NO, broken.orElse("") + ": not so that " + check.describe());
            }
        }
        TimeWindow window = rule.window();
        if (window != null && !window.contains(request.now())) {
            return new Step(kind, rule.id(), Outcome.NO, "outside of its window " + window);
        }
        Condition condition = rule.condition();
        try {
            boolean holds = condition == null || condition.holds(request);
            return new Step(kind, rule.id(), of(holds), holds ? "" : "its `when` does not hold");
        } catch (RuntimeException failed) {
            return new Step(kind, rule.id(), Outcome.ERROR, "its `when` could not be evaluated: " + cause(failed));
        }
    }

    private static String cause(RuntimeException failed) {
        Throwable cause = failed.getCause() == null ? failed : failed.getCause();
        return String.valueOf(cause.getMessage());
    }

    private static Outcome of(boolean holds) {
        return holds ? Outcome.YES : Outcome.NO;
    }
}
