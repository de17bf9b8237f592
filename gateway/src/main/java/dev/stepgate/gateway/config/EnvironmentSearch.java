package dev.stepgate.gateway.config;

import dev.stepgate.gateway.authorization.PolicyReload;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import dev.stepgate.yaml.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Finds out what environments offer by starting each once, and asks the upstreams that did not answer again, at intervals
 * that grow. Thread-safe; each environment is looked at by one thread at a time.
 */
final class EnvironmentSearch {
    private static final System.Logger LOG = System.getLogger(EnvironmentSearch.class.getName());
    private static final Duration WITHIN = Duration.ofSeconds(60);

    /** Start-up waits this long for environments to be found; those that take longer become available later. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    private final ServedEnvironments environments;
    private final Upstreams upstreams;
    private final PolicyReload policies;
    private final InstantSource clock;
    private final Consumer<List<Problem>> problems;

    /** When an environment is asked again, by name; there is none while it is being asked. */
    private final Map<String, Again> due = new ConcurrentHashMap<>();

    private record Again(Instant at, Duration pause) {}

    /** @param problems takes what is wrong with policies, once for each state that an environment comes to */
    EnvironmentSearch(
            ServedEnvironments environments,
            Upstreams upstreams,
            PolicyReload policies,
            InstantSource clock,
            Consumer<List<Problem>> problems) {
        this.environments = environments;
        this.upstreams = upstreams;
        this.policies = policies;
        this.clock = clock;
        this.problems = problems;
    }

    /** Starts every environment, all at the same time. */
    void start() {
        CountDownLatch found = new CountDownLatch(environments.all().size());
        for (ServedEnvironment environment : environments.all()) {
            Thread.ofVirtual().name("discover-" + environment.name()).start(() -> {
                look(environment, SHORTEST_PAUSE);
                found.countDown();
            });
        }
        try {
            if (!found.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "discovery=slow environments={0}", found.getCount());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks again where it is time to; does not wait for what comes of it. */
    void goOn() {
        Instant now = clock.instant();
        due.forEach((name, again) -> {
            if (!again.at().isAfter(now) && due.remove(name, again)) {
                ServedEnvironment environment = environments.find(name).orElseThrow();
                Thread.ofVirtual().name("discover-" + name).start(() -> look(environment, longer(again.pause())));
            }
        });
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    private void look(ServedEnvironment environment, Duration pause) {
        Instant next = clock.instant().plus(pause);
        if (!isWhole(environment)) {
            due.put(environment.name(), new Again(next, pause));
        }
    }

    /** Whether all upstreams have answered. */
    private boolean isWhole(ServedEnvironment environment) {
        try {
            State.Available found = upstreams.discover(environment.manifest(), Deadline.in(WITHIN));
            boolean asBefore = environment.state() instanceof State.Available before
                    && before.missing().keySet().equals(found.missing().keySet());
            if (!asBefore) {
                problems.accept(policies.admit(environment, found));
            }
            return found.missing().isEmpty();
        } catch (Refusal refusal) {
            if (environment.isAvailable()) { // what an upstream brought back does not fit beside the others
                LOG.log(
                        System.Logger.Level.WARNING,
                        "discovery=refused environment={0} reason={1}",
                        environment.name(),
                        refusal.reason());
            } else {
                environment.become(new State.Unavailable(refusal.reason()));
            }
            return false;
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, "discovery=failed environment=" + environment.name(), bug);
            environment.become(new State.Unavailable("the gateway failed to start it; see its log"));
            return true; // it would fail in the same way again
        }
    }
}
