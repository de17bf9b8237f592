package dev.stepgate.policy;

import java.util.Locale;

/** What a label says of a tool. */
public enum LabelKind {
    /** What its answer may hold, for example {@code private}. */
    READS,
    /** What its answer may bring in, for example {@code untrusted} text. */
    BRINGS,
    /** Where its arguments may go, for example {@code external}. */
    SENDS,
    /** How much it may change: {@code read}, {@code write} or {@code destructive}. */
    TIER;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The word that policies use. */
    public String key() {
        return key;
    }
}
