package dev.stepgate.policy;

import java.util.Map;

/**
 * The environment as rules see it.
 *
 * @param name its id
 * @param labels what its operator says of it, for example {@code freeze: on}
 */
public record Surroundings(String name, Mode mode, Map<String, String> labels) {
    /** No environment in particular. */
    public static final Surroundings NONE = new Surroundings("", Mode.TRAINING, Map.of());

    public Surroundings {
        labels = Map.copyOf(labels);
    }
}
