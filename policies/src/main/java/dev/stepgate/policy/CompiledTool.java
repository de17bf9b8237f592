package dev.stepgate.policy;

import dev.stepgate.policy.CompiledRule.Known;
import java.util.List;

/**
 * What a policy says of one tool. Rules have no order: each list is a set.
 *
 * @param terms on what terms its calls are made
 * @param results what its answers are held to, compiled from the terms
 */
public record CompiledTool(
        ArgumentsSchema schema,
        List<CompiledRule> allow,
        List<CompiledRule> deny,
        ToolTerms terms,
        ResultCheck results) {
    public CompiledTool {
        allow = List.copyOf(allow);
        deny = List.copyOf(deny);
    }

    public CompiledTool(ArgumentsSchema schema, List<CompiledRule> allow, List<CompiledRule> deny) {
        this(schema, allow, deny, ToolTerms.NONE, ResultCheck.SIZE_ALONE);
    }

    /**
     * Whether any call of the tool could ever be allowed to this caller; otherwise the tool is hidden from it. What needs
     * arguments to be decided counts as possible.
     */
    boolean isVisibleTo(Caller caller, Surroundings environment) {
        return allow.stream().anyMatch(rule -> rule.known(caller, environment) != Known.NEVER)
                && deny.stream().noneMatch(rule -> rule.known(caller, environment) == Known.HOLDS);
    }

    /** Whether a decision about it reads what the episode has seen, so that it must not race with other calls. */
    boolean readsHistory() {
        return readsHistory(allow) || readsHistory(deny);
    }

    private static boolean readsHistory(List<CompiledRule> rules) {
        return rules.stream().anyMatch(rule -> {
            Condition condition = rule.condition();
            return condition != null && condition.readsHistory();
        });
    }
}
