package dev.stepgate.policy.testing;

import dev.stepgate.yaml.Place;

/**
 * What a case came to in one mode.
 *
 * @param failure why it failed, in one sentence; empty where it passed
 */
public record TestResult(Place place, String name, String failure) {

    public boolean passed() {
        return failure.isEmpty();
    }
}
