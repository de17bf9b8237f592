package dev.stepgate.gateway.config;

import dev.stepgate.adapter.http.HttpLanes;
import dev.stepgate.adapter.http.HttpLimits;
import dev.stepgate.adapter.http.StreamableHttpMcp;
import dev.stepgate.adapter.openenv.OpenEnvLimits;
import dev.stepgate.adapter.openenv.OpenEnvTransport;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.EpisodeLimits;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.driver.LocalDrivers;
import dev.stepgate.environment.egress.EgressLimits;
import dev.stepgate.environment.egress.EgressProxy;
import dev.stepgate.environment.egress.EgressVerdict;
import dev.stepgate.environment.egress.HostResolver;
import dev.stepgate.gateway.authorization.Approvals;
import dev.stepgate.gateway.authorization.PolicyGate;
import dev.stepgate.gateway.authorization.PolicyReload;
import dev.stepgate.gateway.authorization.PolicyStore;
import dev.stepgate.gateway.call.OutcomeCounts;
import dev.stepgate.gateway.call.PassageRequest;
import dev.stepgate.gateway.call.ToolCallPipeline;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.catalog.TaskSet;
import dev.stepgate.gateway.config.GatewayConfig.ServingMode;
import dev.stepgate.gateway.credential.CredentialBroker;
import dev.stepgate.gateway.credential.ModeFence;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.EpisodeSettings;
import dev.stepgate.gateway.episode.Episodes;
import dev.stepgate.gateway.identity.Authenticator;
import dev.stepgate.gateway.identity.EpisodeCapabilities;
import dev.stepgate.gateway.journal.CheckpointKey;
import dev.stepgate.gateway.journal.Checkpoints;
import dev.stepgate.gateway.journal.JsonLinesJournal;
import dev.stepgate.gateway.journal.Payloads;
import dev.stepgate.gateway.journal.Records;
import dev.stepgate.gateway.journal.Retention;
import dev.stepgate.gateway.session.HeldRequests;
import dev.stepgate.gateway.session.McpSessions;
import dev.stepgate.gateway.session.OpenEnvSessions;
import dev.stepgate.gateway.upstream.UpstreamConnector;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.policy.Mode;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Puts the gateway together, from the bottom up, and takes it apart again. Reading it top to bottom shows what depends on
 * what. Used by one thread at start and by one at the end.
 */
public final class Assembly implements AutoCloseable {
    private static final Duration SWEEP = Duration.ofSeconds(5);

    /** How often credentials are looked at that must be renewed or taken back, and whether the journal has grown. */
    private static final Duration KEEP = Duration.ofSeconds(1);

    private final List<Problem> problems = Collections.synchronizedList(new ArrayList<>());
    private final SandboxDrivers drivers;
    private final EgressProxy egress;
    private final HttpLanes http;
    private final OpenEnvTransport openEnv;
    private final Upstreams upstreams;
    private final CredentialBroker credentials;
    private final Checkpoints checkpoints;
    private final PolicyReload policyReload;
    private final IdentityAssembly identity;
    private final EnvironmentSearch search;
    private final Gateway gateway;
    private final Vertx vertx;
    private final Duration drain;
    private final long sweeper;
    private final long keeper;

    public Assembly(GatewayConfig config, Vertx vertx, String publicUrl) {
        this.vertx = vertx;
        this.drain = config.drain();
        SecureRandom random = new SecureRandom();
        boolean production = config.mode() == ServingMode.PRODUCTION;
        identity = new IdentityAssembly(config, publicUrl, random);

        credentials = CredentialAssembly.broker(config, config.data().resolve("leases"), random);
        ScrubbedLog.by(credentials::scrubbed);
        ModeFence fence = CredentialAssembly.fence(config);
        EnvironmentCatalog catalog = EnvironmentCatalog.load(
                config.environments().orElse(List.of(config.home().resolve("environments"))));
        problems.addAll(catalog.problems());
        ServedEnvironments environments = new ServedEnvironments(catalog.manifests().stream()
                .filter(manifest -> config.env()
                        .map(names -> names.contains(manifest.name()))
                        .orElse(true))
                .filter(manifest -> {
                    List<Problem> mixed = fence.problems(manifest);
                    problems.addAll(mixed);
                    return mixed.isEmpty();
                })
                .flatMap(manifest -> served(manifest.in(production)).stream())
                .toList());

        PolicyStore policies = new PolicyStore(production ? Mode.PRODUCTION : Mode.TRAINING);
        policyReload = new PolicyReload(
                config.policies().orElse(List.of(config.home().resolve("policies"))), policies, environments);
        problems.addAll(policyReload.files().problems());

        drivers = LocalDrivers.create();
        http = new HttpLanes(vertx, HttpLimits.DEFAULT, Runtime.getRuntime().availableProcessors());
        openEnv = new OpenEnvTransport(vertx, OpenEnvLimits.DEFAULT);
        egress = egress(config, production);
        UpstreamConnector connector = new UpstreamConnector(
                drivers,
                egress,
                (url, own, most, known, deadline) ->
                        StreamableHttpMcp.connect(http, url, HttpLimits.DEFAULT, own, most, known, deadline),
                openEnv);
        upstreams = new Upstreams(environments, connector, credentials, production);

        Payloads payloads = config.journal().payloads().orElse(production ? Payloads.DIGEST : Payloads.FULL);
        JsonLinesJournal journal = new JsonLinesJournal(
                config.data().resolve("journal"), payloads, records(config, production), Clock.systemUTC());
        checkpoints = new Checkpoints(
                journal,
                CheckpointKey.in(config.journal().key().orElse(config.data().resolve("journal-key.pem"))),
                Clock.systemUTC());
        Episodes episodes = new Episodes(upstreams, journal, Clock.systemUTC(), random);
        environments
                .all()
                .forEach(environment ->
                        episodes.admit(environment.name(), settings(environment.manifest(), production)));

        Authenticator authenticator = identity.authenticator();
        Approvals approvals = new Approvals(Clock.systemUTC(), random);
        PolicyGate gate = new PolicyGate(environments, policies, approvals, Clock.systemUTC());
        OutcomeCounts counts = new OutcomeCounts();
        EpisodeCapabilities capabilities = new EpisodeCapabilities(random);
        gateway = new Gateway(
                environments,
                authenticator,
                capabilities,
                gate,
                approvals,
                policyReload,
                new ToolCallPipeline(authenticator, gate, credentials, upstreams, counts),
                new PassageRequest(upstreams),
                episodes,
                new McpSessions(random),
                new HeldRequests(random, System::nanoTime),
                new OpenEnvSessions(episodes),
                journal,
                identity.resources(),
                identity.grants(),
                identity.authorizationServers(),
                publicUrl,
                production);
        environments.all().forEach(environment -> {
            measure(environment.name(), episodes);
            count(environment.name(), counts);
        });
        search = new EnvironmentSearch(environments, upstreams, policyReload, Clock.systemUTC(), problems::addAll);
        search.start();
        sweeper = vertx.setPeriodic(SWEEP.toMillis(), _ -> Thread.ofVirtual().start(this::sweep));
        Retention retention = retention(config, journal);
        keeper = vertx.setPeriodic(KEEP.toMillis(), _ -> {
            Thread.ofVirtual().start(credentials::sweep);
            Thread.ofVirtual().start(checkpoints::writeIfDue);
            if (retention != null) {
                Thread.ofVirtual().start(retention::sweepIfDue);
            }
        });
    }

    private Optional<ServedEnvironment> served(EnvironmentManifest manifest) {
        Path tasks = manifest.tasks();
        try {
            return Optional.of(new ServedEnvironment(manifest, tasks == null ? null : TaskSet.read(tasks)));
        } catch (YamlRefused refused) {
            problems.addAll(refused.problems());
            return Optional.empty();
        }
    }

    private @Nullable Retention retention(GatewayConfig config, JsonLinesJournal journal) {
        OptionalInt days = config.journal().keepDays();
        if (days.isEmpty()) {
            return null;
        }
        if (days.getAsInt() < 1) {
            throw new IllegalArgumentException("`stepgate.journal.keep-days` must be at least 1");
        }
        return new Retention(journal, checkpoints, Duration.ofDays(days.getAsInt()), Clock.systemUTC());
    }

    private static Records records(GatewayConfig config, boolean production) {
        Records records = config.journal().records();
        if (production && records != Records.CHAINED) {
            throw new IllegalArgumentException(
                    "`stepgate.journal.records` is for measuring: production keeps its records `chained`");
        }
        return records;
    }

    private static EgressProxy egress(GatewayConfig config, boolean production) {
        Set<String> hosts = config.egress().developmentHosts().orElse(Set.of());
        if (production && !hosts.isEmpty()) {
            throw new IllegalArgumentException("`stepgate.egress.development-hosts` is for training only");
        }
        EgressProxy egress = new EgressProxy(HostResolver.system(), hosts, EgressLimits.DEFAULT);
        for (EgressVerdict verdict : EgressVerdict.values()) {
            FunctionCounter.builder("stepgate.egress", egress, proxy -> proxy.count(verdict))
                    .tag("code", verdict.code())
                    .register(Metrics.globalRegistry);
        }
        return egress;
    }

    public Gateway gateway() {
        return gateway;
    }

    /** What was wrong with manifests and policies; more may come while environments are still being started. */
    public List<Problem> problems() {
        return List.copyOf(problems);
    }

    /** Only the names of environments are labels: there are as many as there are manifests. */
    private static void measure(String environment, Episodes episodes) {
        gauge("stepgate.episodes.open", environment, episodes, use -> use.inUse());
        gauge("stepgate.episodes.queued", environment, episodes, use -> use.queued());
        gauge("stepgate.episodes.capacity", environment, episodes, use -> use.max());
    }

    private static void count(String environment, OutcomeCounts counts) {
        for (OutcomeClass outcome : OutcomeClass.values()) {
            FunctionCounter.builder("stepgate.calls", counts.of(environment, outcome), LongAdder::sum)
                    .tag("environment", environment)
                    .tag("outcome", outcome.wireName())
                    .register(Metrics.globalRegistry);
        }
    }

    private static void gauge(String name, String environment, Episodes episodes, ToIntFunction<Episodes.Use> value) {
        Gauge.builder(name, episodes, all -> value.applyAsInt(all.use(environment)))
                .tag("environment", environment)
                .register(Metrics.globalRegistry);
    }

    /** Nobody is told of rewards in production, so none is computed there. */
    private static EpisodeSettings settings(EnvironmentManifest manifest, boolean production) {
        EpisodeLimits limits = manifest.episode();
        return new EpisodeSettings(
                limits.capacity(),
                limits.queue(),
                limits.queueWait(),
                limits.maxSteps(),
                limits.deadline(),
                limits.idle(),
                limits.mcpSession() == EpisodeLimits.McpSession.SHARED,
                production ? null : manifest.reward());
    }

    private void sweep() {
        policyReload.reloadIfChanged();
        search.goOn();
        identity.refresh();
        gateway.episodes().closeExpired();
        gateway.mcpSessions().endIdle();
        upstreams.retire();
        gateway.heldRequests().endExpired();
        gateway.capabilities().retain(gateway.episodes()::remembers);
    }

    /** Opens nothing new, and lets what runs finish for a while. */
    void drain() {
        gateway.episodes().drain();
        Deadline deadline = Deadline.in(drain);
        while (gateway.episodes().isBusy() && !deadline.hasPassed()) {
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(50).toNanos());
        }
    }

    /** Ends everything. */
    @Override
    public void close() {
        vertx.cancelTimer(sweeper);
        vertx.cancelTimer(keeper);
        List<Thread> closing =
                gateway.episodes().all().stream().map(Assembly::closeAside).toList();
        for (Thread thread : closing) {
            try {
                thread.join(Duration.ofSeconds(6));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        checkpoints.close();
        upstreams.close();
        egress.close();
        credentials.close();
        openEnv.close();
        http.close();
        drivers.close();
    }

    private static Thread closeAside(Episode episode) {
        return Thread.ofVirtual().name("close-episode").start(episode::close);
    }

    /** For the listing: the driver of an environment, or why there is none. */
    public static Optional<String> driver(ServedEnvironment environment) {
        return environment.state() instanceof State.Available available
                ? Optional.of(available.driver())
                : Optional.empty();
    }
}
