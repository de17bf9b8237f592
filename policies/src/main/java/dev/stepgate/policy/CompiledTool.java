package dev.stepgate.policy;

import dev.stepgate.policy.CompiledRule.Known;
import java.util.List;
import java.util.stream.Stream;

/** What a policy says of one tool. Rules have no order: each list is a set. Immutable and thread-safe. */
public final class CompiledTool {
    private final ArgumentsSchema schema;
    private final List<CompiledRule> allow;
    private final List<CompiledRule> deny;
    private final ToolTerms terms;
    private final ResultCheck results;

    /** The deny rules that can be told to hold before there is a call: mostly none. */
    private final List<CompiledRule> hiding;

    private final boolean readsHistory;

    /**
     * Puts together what was compiled.
     *
     * @param terms on what terms its calls are made
     * @param results what its answers are held to, compiled from the terms
     */
    public CompiledTool(
            ArgumentsSchema schema,
            List<CompiledRule> allow,
            List<CompiledRule> deny,
            ToolTerms terms,
            ResultCheck results) {
        this.schema = schema;
        this.allow = List.copyOf(allow);
        this.deny = List.copyOf(deny);
        this.terms = terms;
        this.results = results;
        this.hiding = deny.stream().filter(CompiledRule::mayBeKnownToHold).toList();
        this.readsHistory = Stream.concat(allow.stream(), deny.stream()).anyMatch(CompiledRule::readsHistory);
    }

    public CompiledTool(ArgumentsSchema schema, List<CompiledRule> allow, List<CompiledRule> deny) {
        this(schema, allow, deny, ToolTerms.NONE, ResultCheck.SIZE_ALONE);
    }

    public ArgumentsSchema schema() {
        return schema;
    }

    public List<CompiledRule> allow() {
        return allow;
    }

    public List<CompiledRule> deny() {
        return deny;
    }

    public ToolTerms terms() {
        return terms;
    }

    public ResultCheck results() {
        return results;
    }

    /**
     * Whether any call of the tool could ever be allowed to this caller; otherwise the tool is hidden from it. What needs
     * arguments to be decided counts as possible.
     */
    boolean isVisibleTo(Caller caller, Surroundings environment) {
        for (CompiledRule rule : hiding) {
            if (rule.known(caller, environment) == Known.HOLDS) {
                return false;
            }
        }
        for (CompiledRule rule : allow) {
            if (rule.known(caller, environment) != Known.NEVER) {
                return true;
            }
        }
        return false;
    }

    /** Whether a decision about it reads what the episode has seen, so that it must not race with other calls. */
    boolean readsHistory() {
        return readsHistory;
    }
}
