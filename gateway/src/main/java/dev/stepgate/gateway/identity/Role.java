package dev.stepgate.gateway.identity;

import java.util.Locale;

/** What a principal is there for. A principal may have several roles. */
public enum Role {
    /** Lists and calls tools; sees no reward, state or trajectory. */
    AGENT,
    /** Opens, resets and steps its own episodes, and sees their reward. */
    TRAINER,
    /** Reads. */
    OBSERVER,
    /** Operates the gateway. */
    OPERATOR;

    private final String policyName = name().toLowerCase(Locale.ROOT);

    /** The name that policies use. */
    public String policyName() {
        return policyName;
    }
}
