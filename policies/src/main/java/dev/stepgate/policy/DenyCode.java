package dev.stepgate.policy;

/** Why a call is denied. The wire names are stable: agents react to them and tests name them. */
public enum DenyCode {
    /** The tool does not exist, or this caller may not know that it does. */
    TOOL_UNKNOWN("tool.unknown", "unknown tool"),
    /** The arguments do not match the tool's own schema. */
    ARGS_SCHEMA("args.schema", "the arguments do not fit the tool"),
    /** No rule allows these arguments. */
    ARGS_CONSTRAINT("args.constraint", "value not allowed by environment policy"),
    /** A deny rule holds, or no rule allows the call at this time and in these circumstances. */
    POLICY_DENIED("policy.denied", "not allowed by environment policy"),
    /** The evaluation failed. */
    POLICY_ERROR("policy.error", "the call could not be checked"),
    /** The caller's token lacks a scope. */
    SCOPE_MISSING("scope.missing", "the token lacks a scope that this tool needs"),
    /** The call would carry on what this episode must not pass on. */
    FLOW_BLOCKED("flow.blocked", "not allowed after what this episode has read"),
    /** The tool has been called as often as an episode may. */
    BUDGET_PER_EPISODE("budget.perEpisode", "this tool may not be called again in this episode"),
    /** The tool has been called as often as one may in a minute. */
    BUDGET_PER_MINUTE("budget.perMinute", "this tool is called too often: wait a minute and call it again"),
    /** As many calls are in flight as may be. */
    BUDGET_CONCURRENT("budget.concurrent", "too many calls of this tool at once: wait for one to end"),
    /** The episode has made all its calls. */
    BUDGET_CALLS("budget.calls", "this episode has made all the calls it may"),
    /** The points of the episode are spent. */
    BUDGET_COST("budget.cost", "this episode has spent what its calls may cost"),
    /** The episode has received as many bytes as it may. */
    BUDGET_RESULT_BYTES("budget.resultBytes", "this episode has read all the bytes it may"),
    /** The same call was made too often. */
    BUDGET_SAME_ARGS("budget.sameArgs", "this call was made too often with the same arguments: try something else"),
    /** Somebody has to agree first, and has not yet. */
    APPROVAL_REQUIRED("approval.required", "this call needs an approval that is still open: make it again later"),
    /** Whoever had to agree did not. */
    APPROVAL_REFUSED("approval.refused", "the approval of this call was refused");

    private final String wireName;
    private final String agentText;

    DenyCode(String wireName, String agentText) {
        this.wireName = wireName;
        this.agentText = agentText;
    }

    public String wireName() {
        return wireName;
    }

    /** One sentence for the agent that says nothing of rules. */
    public String agentText() {
        return agentText;
    }
}
