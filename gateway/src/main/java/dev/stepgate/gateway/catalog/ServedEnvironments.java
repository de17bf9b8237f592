package dev.stepgate.gateway.catalog;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All environments of this gateway, by name, in the order they were found. Immutable but for their states. */
public final class ServedEnvironments {
    private final Map<String, ServedEnvironment> byName = new LinkedHashMap<>();

    public ServedEnvironments(List<ServedEnvironment> environments) {
        environments.forEach(environment -> byName.put(environment.name(), environment));
    }

    public Optional<ServedEnvironment> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public List<ServedEnvironment> all() {
        return List.copyOf(byName.values());
    }

    public List<String> names() {
        return List.copyOf(byName.keySet());
    }
}
