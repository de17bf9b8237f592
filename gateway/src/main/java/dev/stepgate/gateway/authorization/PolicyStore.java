package dev.stepgate.gateway.authorization;

import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.compile.PolicyFiles;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.yaml.YamlRefused;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The policy set of each environment. One reference each, swapped whole; what has none allows nothing. */
public final class PolicyStore {
    private final Map<String, PolicySet> sets = new ConcurrentHashMap<>();

    /**
     * Compiles the policy that governs an environment.
     *
     * @return whether a file governs it
     * @throws YamlRefused when two do, or when it does not fit the environment's tools
     */
    public boolean load(PolicyFiles files, String environment, ToolCatalog catalog) throws YamlRefused {
        Optional<Policy> policy = files.governing(environment);
        if (policy.isEmpty()) {
            return false;
        }
        List<CatalogTool> tools =
                catalog.entries().stream().map(PolicyStore::catalogTool).toList();
        sets.put(environment, PolicyCompiler.compile(policy.get(), tools));
        return true;
    }

    public PolicySet of(String environment) {
        PolicySet set = sets.get(environment);
        return set == null ? PolicySet.nothing() : set;
    }

    private static CatalogTool catalogTool(CatalogEntry entry) {
        return new CatalogTool(
                entry.upstream(),
                entry.descriptor().name(),
                entry.descriptor().inputSchema().toString());
    }
}
