package dev.stepgate.tool;

import java.util.Locale;

/**
 * What a call came to, in the few classes that trainers mask by and operators count. Infrastructure faults are their own
 * classes so that they never look like a reward of 0.
 */
public enum OutcomeClass {
    /** The tool answered. */
    OK,
    /** The tool answered with an error of its own. */
    TOOL_ERROR,
    /** Unknown tool, or the policy does not allow the call. */
    POLICY_DENIED,
    /** The arguments match the tool's schema or the policy's constraints not. */
    INVALID_ARGUMENTS,
    /** A budget of the episode is used up. */
    BUDGET,
    /** The episode is done or closed. */
    EPISODE_OVER,
    /** No answer within the deadline. */
    TIMEOUT,
    /** The caller gave up. */
    CANCELLED,
    /** The sandbox or the upstream died, or spoke garbage. */
    ENV_ERROR,
    /** A fault of the gateway itself. */
    INFRA_ERROR;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name used on the wire, in the journal and in metrics, for example {@code env_error}. */
    public String wireName() {
        return wireName;
    }

    /** Whether the fault lies below the tool, so that its reward is unknown rather than 0. */
    public boolean isFault() {
        return this == TIMEOUT || this == ENV_ERROR || this == INFRA_ERROR;
    }
}
