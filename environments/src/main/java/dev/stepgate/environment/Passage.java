package dev.stepgate.environment;

import java.util.Locale;

/** What of MCP an upstream may be used for beside its tools. Policies speak of tools alone, so each is named or refused. */
public enum Passage {
    PROMPTS,
    RESOURCES,
    COMPLETIONS,
    LOGGING,
    SAMPLING,
    ELICITATION,
    ROOTS;

    /** The word in a manifest, and the key of the capability it comes with. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it is the upstream that asks and the agent that answers. */
    public boolean isAskedOfAgents() {
        return this == SAMPLING || this == ELICITATION || this == ROOTS;
    }
}
