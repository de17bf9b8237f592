package dev.stepgate.policy;

import java.util.Map;

/**
 * One environment's policy, compiled against its tools. Immutable: a reload makes another.
 *
 * @param name the policy's name
 * @param version its version
 * @param digest SHA-256 of the file it was read from, {@code sha256:<hex>}
 * @param tools the tools it speaks of, by {@code <upstream>.<tool>}
 */
public record PolicySet(String name, long version, String digest, Map<String, CompiledTool> tools) {
    public PolicySet {
        tools = Map.copyOf(tools);
    }

    /** The policy of an environment that has none: nothing is allowed. */
    public static PolicySet nothing() {
        return new PolicySet("none", 0, "", Map.of());
    }

    /** How the journal names it. */
    public String label() {
        return name + "@" + version;
    }

    /** Whether a caller may know of a tool. */
    public boolean shows(Caller caller, String tool) {
        CompiledTool compiled = tools.get(tool);
        return compiled != null && compiled.isVisibleTo(caller);
    }
}
