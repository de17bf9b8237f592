package dev.stepgate.policy;

import java.util.List;
import java.util.Map;

/**
 * One environment's policy, compiled against its tools. Immutable: a reload makes another.
 *
 * @param name the policy's name
 * @param version its version
 * @param digest SHA-256 of the file it was read from, {@code sha256:<hex>}
 * @param environment the environment it was compiled for
 * @param tools the tools it speaks of, by {@code <upstream>.<tool>}
 */
public record PolicySet(
        String name,
        long version,
        String digest,
        Surroundings environment,
        Map<String, CompiledTool> tools,
        List<FlowRule> flows,
        EpisodeBudget budget) {
    public PolicySet {
        tools = Map.copyOf(tools);
        flows = List.copyOf(flows);
    }

    /** A set without flow rules and budgets, for no environment in particular. */
    public PolicySet(String name, long version, String digest, Map<String, CompiledTool> tools) {
        this(name, version, digest, Surroundings.NONE, tools, List.of(), EpisodeBudget.UNLIMITED);
    }

    /** The policy of an environment that has none: nothing is allowed. */
    public static PolicySet nothing() {
        return new PolicySet("none", 0, "", Map.of());
    }

    /** The same with a budget that is no larger than this. */
    public PolicySet within(EpisodeBudget most) {
        return most.equals(EpisodeBudget.UNLIMITED)
                ? this
                : new PolicySet(name, version, digest, environment, tools, flows, budget.atMost(most));
    }

    /** How the journal names it. */
    public String label() {
        return name + "@" + version;
    }

    /** Whether a caller may know of a tool: exactly if some call of it could be allowed. */
    public boolean shows(Caller caller, String tool) {
        CompiledTool compiled = tools.get(tool);
        return compiled != null && compiled.isVisibleTo(caller, environment);
    }
}
