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
 * @param missing upstreams that can not be reached now: what tools they have is not known
 */
public record EnvironmentFacts(
        Surroundings surroundings,
        List<CatalogTool> tools,
        Map<String, String> pins,
        Set<String> credentials,
        Set<String> missing) {
    public EnvironmentFacts {
        tools = List.copyOf(tools);
        pins = Map.copyOf(pins);
        credentials = Set.copyOf(credentials);
        missing = Set.copyOf(missing);
    }

    /** An environment whose upstreams can all be reached. */
    public EnvironmentFacts(
            Surroundings surroundings, List<CatalogTool> tools, Map<String, String> pins, Set<String> credentials) {
        this(surroundings, tools, pins, credentials, Set.of());
    }

    /** An environment in training of which nothing but its tools is known. */
    public static EnvironmentFacts of(List<CatalogTool> tools) {
        return new EnvironmentFacts(Surroundings.NONE, tools, Map.of(), Set.of());
    }

    /** The same environment in another mode. */
    public EnvironmentFacts in(Mode mode) {
        Surroundings there = new Surroundings(surroundings.name(), mode, surroundings.labels());
        return new EnvironmentFacts(there, tools, pins, credentials, missing);
    }

    /** Whether a tool may be there although {@link #tools()} does not have it. */
    boolean mayLack(String key) {
        return missing.stream().anyMatch(upstream -> key.startsWith(upstream + "."));
    }
}
