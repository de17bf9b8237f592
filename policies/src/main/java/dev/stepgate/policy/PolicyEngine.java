package dev.stepgate.policy;

import dev.stepgate.policy.CompiledRule.Obstacle;
import dev.stepgate.policy.Decision.Allow;
import dev.stepgate.policy.Decision.Deny;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides calls. Pure and total: the same set and request give the same decision, and every failure is a deny. Every rule
 * that speaks of the caller is asked, so that neither a decision nor the rules it names depend on the order in a file.
 */
public final class PolicyEngine {
    private static final ApprovalTerms FLOW_APPROVAL = new ApprovalTerms(
            "operator",
            ApprovalTerms.DEFAULT_TTL,
            "the call follows what this episode has read",
            ApprovalTerms.Script.NONE);

    /**
     * Decides in the order: is the tool known, do the arguments fit it, does a deny rule hold, does an allow rule, are the
     * scopes held, do flow rules let it pass. Nothing is counted.
     */
    public Decision decide(PolicySet set, AccessRequest request) {
        CompiledTool tool = set.tools().get(request.tool());
        if (tool == null || !tool.isVisibleTo(request.caller(), request.environment())) {
            return Deny.of(DenyCode.TOOL_UNKNOWN, DenyCode.TOOL_UNKNOWN.agentText());
        }
        try {
            Decision byRules = rules(tool, request);
            return byRules instanceof Allow allow ? flows(set, tool, allow, request.episode()) : byRules;
        } catch (RuntimeException | StackOverflowError failure) {
            return Deny.of(DenyCode.POLICY_ERROR, DenyCode.POLICY_ERROR.agentText());
        }
    }

    /**
     * Decides a call and, where it may be made, reserves what it takes of budgets and limits. Calls of one episode are
     * counted one after the other; those of different episodes do not wait for each other.
     *
     * @param episode what the call's episode has seen
     * @param caller what its principal has in flight
     */
    public Admission admit(PolicySet set, AccessRequest request, EpisodeLedger episode, CallerLedger caller) {
        AccessRequest seen = request.in(episode);
        CompiledTool tool = set.tools().get(request.tool());
        if (tool == null || !tool.isVisibleTo(request.caller(), request.environment())) {
            return new Admission.Denied(Deny.of(DenyCode.TOOL_UNKNOWN, DenyCode.TOOL_UNKNOWN.agentText()));
        }
        try {
            // What reads history is decided with the episode held still; anything else only counted so.
            @Nullable Decision early = tool.readsHistory() ? null : rules(tool, seen);
            if (early instanceof Deny deny) {
                return new Admission.Denied(deny);
            }
            long fingerprint =
                    tool.terms().limits().sameArgs() == ToolLimits.UNLIMITED ? 0 : Fingerprint.of(request.arguments());
            return episode.heldStill(() -> {
                Decision decision = early == null ? rules(tool, seen) : early;
                if (decision instanceof Allow allow) {
                    decision = flows(set, tool, allow, episode);
                }
                return switch (decision) {
                    case Deny deny -> new Admission.Denied(deny);
                    case Allow allow ->
                        reserve(
                                set,
                                request,
                                allow,
                                new EpisodeLedger.Ask(request.tool(), fingerprint),
                                episode,
                                caller);
                };
            });
        } catch (RuntimeException | StackOverflowError failure) {
            return new Admission.Denied(Deny.of(DenyCode.POLICY_ERROR, DenyCode.POLICY_ERROR.agentText()));
        }
    }

    private static Admission reserve(
            PolicySet set,
            AccessRequest request,
            Allow allow,
            EpisodeLedger.Ask ask,
            EpisodeLedger episode,
            CallerLedger caller) {
        ToolTerms terms = allow.terms();
        Optional<DenyCode> spent = episode.exceeded(ask, terms, set.budget())
                .or(() ->
                        caller.acquire(ask.tool(), terms.limits(), request.now().toEpochMilli()));
        if (spent.isPresent() && !terms.shadow()) {
            return new Admission.Denied(Deny.of(spent.get(), spent.get().agentText()));
        }
        if (spent.isPresent()) {
            caller.acquireAnyway(ask.tool());
        }
        Allow granted = spent.isEmpty() || allow.shadowed() != null
                ? allow
                : new Allow(allow.decidingRules(), terms, allow.approval(), spent.get());
        return new Admission.Granted(granted, episode.reserve(ask, terms, set.budget(), caller));
    }

    private static Decision rules(CompiledTool tool, AccessRequest request) {
        Optional<ArgumentsSchema.Mismatch> mismatch = tool.schema().check(request.arguments());
        if (mismatch.isPresent()) {
            String expected = "expected " + mismatch.get().expected();
            return new Deny(DenyCode.ARGS_SCHEMA, List.of(), mismatch.get().field(), expected);
        }
        Decision decision = byRules(tool, request);
        if (decision instanceof Deny deny
                && deny.code() != DenyCode.POLICY_ERROR
                && tool.terms().shadow()) {
            decision = new Allow(deny.decidingRules(), tool.terms(), null, deny.code());
        }
        boolean held = request.caller().holds(tool.terms().scopes());
        return decision instanceof Deny || held
                ? decision
                : new Deny(
                        DenyCode.SCOPE_MISSING,
                        List.of(),
                        null,
                        DenyCode.SCOPE_MISSING.agentText(),
                        tool.terms().scopes());
    }

    /** A deny rule that cannot be evaluated denies what would be allowed; of what is denied anyway it changes nothing. */
    private static Decision byRules(CompiledTool tool, AccessRequest request) {
        List<String> holding = new ArrayList<>(0);
        boolean failed = false;
        for (CompiledRule rule : tool.deny()) {
            if (rule.who().includes(request.caller())) {
                try {
                    if (rule.mayHold(request)) {
                        holding.add(rule.id());
                    }
                } catch (RuntimeException | StackOverflowError failure) {
                    failed = true;
                }
            }
        }
        if (!holding.isEmpty()) {
            return new Deny(DenyCode.POLICY_DENIED, holding, null, DenyCode.POLICY_DENIED.agentText());
        }
        Decision decision = allowRules(tool, request);
        return decision instanceof Allow && failed
                ? Deny.of(DenyCode.POLICY_ERROR, DenyCode.POLICY_ERROR.agentText())
                : decision;
    }

    private static Decision allowRules(CompiledTool tool, AccessRequest request) {
        List<String> holding = new ArrayList<>(1);
        @Nullable String field = null;
        boolean circumstances = false;
        for (CompiledRule rule : tool.allow()) {
            if (rule.who().includes(request.caller())) {
                Optional<Obstacle> obstacle = rule.obstacle(request);
                if (obstacle.isEmpty()) {
                    holding.add(rule.id());
                } else if (obstacle.get() instanceof Obstacle.Argument(String pointer)) {
                    field = field == null || pointer.compareTo(field) < 0 ? pointer : field;
                } else {
                    circumstances = true;
                }
            }
        }
        if (!holding.isEmpty()) {
            return new Allow(holding, tool.terms(), tool.terms().approval(), null);
        }
        // Where a rule failed by its circumstances alone, other arguments might not have helped.
        DenyCode code = circumstances ? DenyCode.POLICY_DENIED : DenyCode.ARGS_CONSTRAINT;
        return new Deny(code, List.of(), circumstances ? null : field, code.agentText());
    }

    private static Decision flows(PolicySet set, CompiledTool tool, Allow allow, EpisodeView episode) {
        List<String> blocking = new ArrayList<>(0);
        boolean lifted = true;
        for (FlowRule flow : set.flows()) {
            if (flow.blocks(tool.terms().labels(), episode)) {
                blocking.add(flow.id());
                lifted &= flow.unlessApproved();
            }
        }
        if (blocking.isEmpty()) {
            return allow;
        }
        if (lifted) {
            ApprovalTerms approval = allow.approval() == null ? FLOW_APPROVAL : allow.approval();
            return new Allow(allow.decidingRules(), allow.terms(), approval, allow.shadowed());
        }
        if (tool.terms().shadow()) {
            DenyCode shadowed = allow.shadowed() == null ? DenyCode.FLOW_BLOCKED : allow.shadowed();
            return new Allow(allow.decidingRules(), allow.terms(), allow.approval(), shadowed);
        }
        return new Deny(DenyCode.FLOW_BLOCKED, blocking, null, DenyCode.FLOW_BLOCKED.agentText());
    }
}
