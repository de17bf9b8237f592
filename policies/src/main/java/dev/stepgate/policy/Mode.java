package dev.stepgate.policy;

import java.util.Locale;

/** What an environment is served for; a policy has an overlay for each. */
public enum Mode {
    /** Trainers drive episodes; approvals may be scripted, rules may be in shadow. */
    TRAINING,
    /** Agents do real work. */
    PRODUCTION;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The word that policies use. */
    public String key() {
        return key;
    }
}
