package dev.stepgate.policy.analysis;

import dev.stepgate.yaml.Place;

/**
 * Something that is likely not meant.
 *
 * @param certainty how sure it is that what the message says is so
 * @param message one sentence in lower case
 * @param help what to do about it; may be empty
 */
public record Finding(Place place, Certainty certainty, String message, String help) {

    /** How sure a finding is. */
    public enum Certainty {
        /** It is so. */
        PROOF,
        /** Where it is said it is so; where nothing is said it may be so all the same. */
        SOUND,
        /** It may be meant. */
        HINT
    }

    @Override
    public String toString() {
        return place + ": " + message + " [" + certainty.name().toLowerCase(java.util.Locale.ROOT) + "]"
                + (help.isEmpty() ? "" : " (" + help + ")");
    }
}
