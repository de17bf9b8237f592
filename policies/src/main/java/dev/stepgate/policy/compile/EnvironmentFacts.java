package dev.stepgate.policy.compile;

import dev.stepgate.policy.Mode;
import dev.stepgate.policy.Surroundings;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a policy is compiled against.
 *
 * @param tools all tools the environment offers
 * @param pins the catalogue digests that its manifest has, by upstream
 * @param credentials the references of the credentials that it has
 */
public record EnvironmentFacts(
        Surroundings surroundings, List<CatalogTool> tools, Map<String, String> pins, Set<String> credentials) {
    public EnvironmentFacts {
        tools = List.copyOf(tools);
        pins = Map.copyOf(pins);
        credentials = Set.copyOf(credentials);
    }

    /** An environment in training of which nothing but its tools is known. */
    public static EnvironmentFacts of(List<CatalogTool> tools) {
        return new EnvironmentFacts(Surroundings.NONE, tools, Map.of(), Set.of());
    }

    /** The same environment in another mode. */
    public EnvironmentFacts in(Mode mode) {
        Surroundings there = new Surroundings(surroundings.name(), mode, surroundings.labels());
        return new EnvironmentFacts(there, tools, pins, credentials);
    }
}
