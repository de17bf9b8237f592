package dev.stepgate.policy;

/** Why a call is denied. The wire names are stable: agents react to them and tests name them. */
public enum DenyCode {
    /** The tool does not exist, or this caller may not know that it does. */
    TOOL_UNKNOWN("tool.unknown"),
    /** The arguments do not match the tool's own schema. */
    ARGS_SCHEMA("args.schema"),
    /** No rule allows these arguments. */
    ARGS_CONSTRAINT("args.constraint"),
    /** A deny rule holds. */
    POLICY_DENIED("policy.denied"),
    /** The evaluation failed. */
    POLICY_ERROR("policy.error");

    private final String wireName;

    DenyCode(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }
}
