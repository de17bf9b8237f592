package dev.stepgate.gateway.authorization;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.Surroundings;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.compile.PolicyFiles;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.yaml.YamlRefused;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * The policy set of each environment, all behind one reference that is swapped whole: a call sees either all of a reload or
 * nothing of it. What has no policy allows nothing. Safe for use by many threads.
 */
public final class PolicyStore {
    private final Mode mode;
    private final AtomicReference<Map<String, PolicySet>> sets = new AtomicReference<>(Map.of());

    public PolicyStore(Mode mode) {
        this.mode = mode;
    }

    /**
     * Compiles the policy that governs an environment, or empty where none does.
     *
     * @throws YamlRefused when two files govern it, or when the policy does not fit the environment's tools
     */
    public Optional<PolicySet> compile(PolicyFiles files, EnvironmentManifest manifest, State.Available found)
            throws YamlRefused {
        String environment = manifest.name();
        Optional<Policy> policy = files.governing(environment);
        if (policy.isEmpty()) {
            return Optional.empty();
        }
        List<CatalogTool> tools =
                found.catalog().entries().stream().map(PolicyStore::catalogTool).toList();
        Set<String> credentials = manifest.credentials().of(mode == Mode.PRODUCTION).stream()
                .map(CredentialReference::name)
                .collect(Collectors.toSet());
        // What a manifest pins is not told to policies yet: one that names a catalogue is refused.
        Surroundings surroundings = new Surroundings(environment, mode, Map.of());
        EnvironmentFacts facts = new EnvironmentFacts(
                surroundings, tools, Map.of(), credentials, found.missing().keySet());
        return Optional.of(PolicyCompiler.compile(policy.get(), facts));
    }

    /** Puts the set of one environment beside those of the others. */
    public void put(String environment, PolicySet set) {
        sets.updateAndGet(old -> {
            Map<String, PolicySet> next = new HashMap<>(old);
            next.put(environment, set);
            return Map.copyOf(next);
        });
    }

    /** Replaces the sets of all environments at once. */
    void replace(Map<String, PolicySet> all) {
        sets.set(Map.copyOf(all));
    }

    public PolicySet of(String environment) {
        PolicySet set = sets.get().get(environment);
        return set == null ? PolicySet.nothing() : set;
    }

    private static CatalogTool catalogTool(CatalogEntry entry) {
        var output = entry.descriptor().definition().get("outputSchema");
        return new CatalogTool(
                entry.upstream(),
                entry.descriptor().name(),
                entry.descriptor().inputSchema().toString(),
                output == null ? null : output.toString());
    }
}
