package dev.stepgate.gateway.authorization;

import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.compile.PolicyFiles;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads the policies again while calls go on. All files are read and compiled first, aside; then all sets are swapped at
 * once, and calls in flight end on the set that allowed them. With a single problem anywhere nothing is swapped. Safe for
 * use by many threads; reloads exclude each other and the coming into use of environments.
 */
public final class PolicyReload {
    private static final System.Logger LOG = System.getLogger(PolicyReload.class.getName());

    private final List<Path> folders;
    private final PolicyStore store;
    private final ServedEnvironments environments;
    private final ReentrantLock lock = new ReentrantLock();
    private PolicyFiles files;

    /** What environments will be once their policies are mended, by name. */
    private final Map<String, State> waiting = new HashMap<>();

    private String seen;
    private String loaded;

    public PolicyReload(List<Path> folders, PolicyStore store, ServedEnvironments environments) {
        this.folders = List.copyOf(folders);
        this.store = store;
        this.environments = environments;
        this.seen = PolicyFiles.state(this.folders);
        this.loaded = seen;
        this.files = PolicyFiles.load(this.folders);
    }

    /** The files that are in force. */
    public PolicyFiles files() {
        lock.lock();
        try {
            return files;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What a reload came to.
     *
     * @param policies what is in force now, by environment, as {@code name@version}
     * @param problems why nothing was changed; empty where everything was
     */
    public record Outcome(Map<String, String> policies, List<Problem> problems) {}

    /** Reloads if the files have changed since they were loaded and have not changed since the last look. */
    public void reloadIfChanged() {
        String state = PolicyFiles.state(folders);
        lock.lock();
        try {
            boolean settled = state.equals(seen);
            seen = state;
            if (settled && !state.equals(loaded)) {
                loaded = state; // also of files that are refused: they are not read again until they change
                Outcome outcome = reload();
                outcome.problems().forEach(problem -> LOG.log(System.Logger.Level.WARNING, "policy=kept {0}", problem));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts an environment that was found into use, under its policy. One whose policy is refused stays as it was, out of use
     * or with fewer upstreams, until a reload finds the policy mended.
     *
     * @return what is wrong with its policy
     */
    public List<Problem> admit(ServedEnvironment environment, State.Available found) {
        lock.lock();
        try {
            Optional<PolicySet> set = store.compile(files, environment.manifest(), found);
            set.ifPresent(compiled -> store.put(environment.name(), compiled));
            environment.become(found);
            waiting.remove(environment.name());
            return set.isPresent()
                    ? List.of()
                    : List.of(new Problem(
                            environment.manifest().place(),
                            "no policy names environment `" + environment.name() + "`, so nothing is allowed in it",
                            "write a policy with `env: " + environment.name() + "`"));
        } catch (YamlRefused refused) {
            String first = "its policy is refused: " + refused.problems().getFirst();
            waiting.put(environment.name(), found);
            if (!environment.isAvailable()) {
                environment.become(new State.Unavailable(first));
            }
            return refused.problems();
        } finally {
            lock.unlock();
        }
    }

    /** Reloads now. */
    public Outcome reload() {
        lock.lock();
        try {
            loaded = PolicyFiles.state(folders);
            PolicyFiles next = PolicyFiles.load(folders);
            List<Problem> problems = new ArrayList<>(next.problems());
            Map<String, PolicySet> sets = new HashMap<>();
            for (ServedEnvironment environment : environments.all()) {
                try {
                    State state = waiting.getOrDefault(environment.name(), environment.state());
                    if (state instanceof State.Available found) {
                        store.compile(next, environment.manifest(), found)
                                .ifPresent(set -> sets.put(environment.name(), set));
                    }
                } catch (YamlRefused refused) {
                    problems.addAll(refused.problems());
                }
            }
            if (problems.isEmpty()) {
                files = next;
                store.replace(sets);
                waiting.forEach(
                        (name, found) -> environments.find(name).ifPresent(environment -> environment.become(found)));
                waiting.clear();
            }
            return new Outcome(inForce(), problems);
        } finally {
            lock.unlock();
        }
    }

    /** The policy of each environment, as {@code name@version}. */
    public Map<String, String> inForce() {
        Map<String, String> labels = new HashMap<>();
        environments.names().forEach(name -> labels.put(name, store.of(name).label()));
        return labels;
    }
}
