package dev.stepgate.policy;

import java.util.List;

/** What a policy says of one tool. Rules have no order: each list is a set. */
public record CompiledTool(ArgumentsSchema schema, List<CompiledRule> allow, List<CompiledRule> deny) {
    public CompiledTool {
        allow = List.copyOf(allow);
        deny = List.copyOf(deny);
    }

    /** Whether any rule could ever allow this caller to call the tool; otherwise the tool is hidden from it. */
    boolean isVisibleTo(Caller caller) {
        return allow.stream().anyMatch(rule -> rule.who().includes(caller));
    }
}
