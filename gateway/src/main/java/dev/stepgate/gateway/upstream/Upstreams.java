package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.EpisodeControl;
import dev.stepgate.adapter.openenv.OpenEnvEndpoint;
import dev.stepgate.adapter.openenv.ServerDocuments;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Faults;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.Upstream;
import dev.stepgate.environment.egress.EgressAttempt;
import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.credential.CredentialBroker;
import dev.stepgate.gateway.credential.CredentialedCall;
import dev.stepgate.gateway.credential.RunCredentials;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.episode.RunBackend;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.reward.Verdict;
import dev.stepgate.gateway.upstream.InParallel.Attempt;
import dev.stepgate.gateway.upstream.UpstreamConnector.Connected;
import dev.stepgate.policy.Mode;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolDescriptor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one caller of adapters. Thread-safe. */
public final class Upstreams implements RunBackend {
    private final ServedEnvironments environments;
    private final UpstreamConnector connector;
    private final CredentialBroker credentials;
    private final boolean production;
    private final DriftWatch drift = new DriftWatch();

    /** What was found, by environment and upstream. The first word counts: whatever an upstream says later is drift. */
    private final Map<String, Map<String, Discovery.Found>> found = new ConcurrentHashMap<>();

    /**
     * @param credentials is closed by its owner, after this
     * @param production whether nothing may go wrong on purpose
     */
    public Upstreams(
            ServedEnvironments environments,
            UpstreamConnector connector,
            CredentialBroker credentials,
            boolean production) {
        this.production = production;
        this.environments = environments;
        this.connector = connector;
        this.credentials = credentials;
    }

    /**
     * The credentials of a run, which is started if it is not.
     *
     * @throws Refusal {@code env_error}, {@code timeout} or {@code episode_over}
     */
    public RunCredentials credentials(EpisodeRun run, Deadline deadline) {
        return ((OpenUpstreams) run.opened(deadline)).credentials();
    }

    /**
     * Makes a call, in the sandbox of the run it belongs to.
     *
     * @throws Refusal {@code env_error}, {@code timeout} or {@code episode_over}
     */
    public Observation call(CredentialedCall ready, EpisodeRun run) {
        AuthorizedCall authorized = ready.authorized();
        IncomingCall incoming = authorized.incoming();
        OpenUpstreams open = (OpenUpstreams) run.opened(incoming.deadline());
        UpstreamLink link = open.link(authorized.upstream());
        Downstream agent =
                new GatedDownstream(link.upstream().visible().passes(), authorized.isRedacted(), incoming.downstream());
        return open.faults().call(incoming.deadline(), link::close, () -> call(open, ready, link, agent));
    }

    private Observation call(OpenUpstreams open, CredentialedCall ready, UpstreamLink link, Downstream agent) {
        try {
            return call(open, ready, ready.credential(), link, agent);
        } catch (Refusal refusal) {
            if (!refusal.code().equals(Refusal.UNAUTHORIZED)) {
                throw refusal;
            }
            // It was turned away unread, and so did nothing: the value may have changed a moment ago.
            Credential another = ready.another().orElseThrow(() -> refusal);
            return call(open, ready, another, link, agent);
        }
    }

    private Observation call(
            OpenUpstreams open, CredentialedCall ready, Credential credential, UpstreamLink link, Downstream agent) {
        IncomingCall incoming = ready.authorized().incoming();
        Observation observation = link.use(
                incoming.deadline(),
                adapter -> adapter.call(
                        incoming.call().of(ready.authorized().tool().descriptor()),
                        credential,
                        incoming.deadline(),
                        agent));
        if (DriftWatch.isSuspicious(observation)) {
            drift.suspect(open.served(), link);
        }
        return observation;
    }

    /** What passes beside tools, of the upstreams of one run. */
    public Passages passages(EpisodeRun run, Deadline deadline) {
        OpenUpstreams open = (OpenUpstreams) run.opened(deadline);
        return new Passages(
                List.copyOf(open.links().values()),
                open.listening(),
                link -> drift.suspect(open.served(), link),
                open.credentials());
    }

    /**
     * Finds out what tools an environment has, by starting it once. Of several upstreams some may fail: they cost their own
     * tools and are named in what comes back. Asked again, it asks only those.
     *
     * @throws Refusal with the reason why it cannot be used here
     */
    public State.Available discover(EnvironmentManifest manifest, Deadline deadline) {
        State.Available available = discover(manifest, true, deadline);
        ModeCheck.require(manifest, available, other -> discover(other, true, deadline));
        return available;
    }

    /**
     * Finds out what an environment offers in both modes, to show them beside each other.
     *
     * @throws Refusal when one of the two cannot be looked at from here
     */
    public Map<Mode, List<CatalogEntry>> discoverBoth(EnvironmentManifest manifest, Deadline deadline) {
        ModeCheck.Both both = ModeCheck.compare(
                manifest, discover(manifest, true, deadline), other -> discover(other, true, deadline));
        return Map.of(Mode.TRAINING, both.training(), Mode.PRODUCTION, both.production());
    }

    /**
     * The same, to see what there is.
     *
     * @param pinned whether tools that are not what the manifest pins are left out
     */
    public State.Available discover(EnvironmentManifest manifest, boolean pinned, Deadline deadline) {
        String driver = connector.driverFor(manifest);
        Discovery discovery = new Discovery(manifest, pinned);
        Map<String, Discovery.Found> known = found.computeIfAbsent(manifest.name(), _ -> new ConcurrentHashMap<>());
        for (Attempt<Discovery.Found> attempt : InParallel.each(manifest.upstreams(), upstream -> {
            Discovery.Found before = known.get(upstream.name());
            return before == null ? found(manifest, upstream, deadline) : before;
        })) {
            Discovery.Found answered = attempt.result();
            if (answered != null) {
                known.put(answered.upstream().name(), answered);
            }
            discovery.add(attempt);
        }
        return discovery.result(driver);
    }

    private Discovery.Found found(EnvironmentManifest manifest, Upstream upstream, Deadline deadline) {
        try (RunCredentials held = credentials.open(manifest)) {
            return found(manifest, upstream, connector.connect(manifest, upstream, held, _ -> {}, deadline), deadline);
        }
    }

    private Discovery.Found found(
            EnvironmentManifest manifest, Upstream upstream, Connected connected, Deadline deadline) {
        try (ToolAdapter adapter = connected.adapter()) {
            List<ToolDescriptor> tools = adapter.listTools(deadline);
            OpenEnvEndpoint endpoint = connected.endpoint();
            ObjectNode schema = endpoint == null ? null : described(manifest, endpoint, deadline);
            return new Discovery.Found(upstream, tools, adapter.features(), schema);
        }
    }

    private @Nullable ObjectNode described(EnvironmentManifest manifest, OpenEnvEndpoint endpoint, Deadline deadline) {
        ServerDocuments documents = connector.documents(endpoint, deadline);
        System.getLogger(Upstreams.class.getName())
                .log(
                        System.Logger.Level.INFO,
                        "upstream=openenv environment={0} vintage={1}",
                        manifest.name(),
                        documents.vintage());
        return documents.schema().isEmpty() ? null : documents.schema();
    }

    @Override
    public OpenRun start(String environment, ResetRequest request, Consumer<EgressAttempt> outside, Deadline deadline) {
        ServedEnvironment served = environments
                .find(environment)
                .filter(ServedEnvironment::isAvailable)
                .orElseThrow(() -> Refusal.environmentFailed("the environment is not available"));
        EnvironmentManifest manifest = served.manifest();
        FirstObservations first = new FirstObservations();
        RunCredentials held = credentials.open(manifest);
        Map<String, UpstreamLink> links = new LinkedHashMap<>();
        for (Upstream upstream : manifest.upstreams()) {
            links.put(
                    upstream.name(),
                    new UpstreamLink(
                            upstream,
                            connector.breaker(manifest, upstream),
                            left -> connector.connect(
                                    manifest, upstream, held, clean(outside, held.scrubber()), left)));
        }
        Faults faults = production ? Faults.NONE : manifest.modes().training().faults();
        OpenUpstreams open = new OpenUpstreams(
                served, links, new Listening(), first, held, new FaultInjection(faults, request.seed()), connector);
        try {
            open(open, request, deadline);
            return open;
        } catch (RuntimeException failed) {
            open.close();
            throw failed;
        }
    }

    /** A program may ask for a host whose name holds a secret that it knows. */
    private static Consumer<EgressAttempt> clean(Consumer<EgressAttempt> outside, Scrubber scrubber) {
        return attempt -> outside.accept(new EgressAttempt(
                scrubber.text(attempt.asked()), attempt.verdict(), attempt.sent(), attempt.received()));
    }

    /** Connects all upstreams, several at once. Fails when none can be had, or one that holds the episode's own state. */
    private void open(OpenUpstreams open, ResetRequest request, Deadline deadline) {
        List<UpstreamLink> links = List.copyOf(open.links().values());
        Refusal failure = null;
        int connected = 0;
        for (Attempt<Boolean> attempt : InParallel.each(links, link -> {
            begin(open, link, request, deadline);
            return true;
        })) {
            if (attempt.refusal() == null) {
                connected++;
            } else {
                failure = attempt.refusal();
            }
        }
        boolean needed =
                failure != null && links.stream().anyMatch(link -> keepsEpisode(link) && link.current() == null);
        if (failure != null && (connected == 0 || needed)) {
            throw failure;
        }
    }

    private void begin(OpenUpstreams open, UpstreamLink link, ResetRequest request, Deadline deadline) {
        Connected connected = link.open(deadline);
        EpisodeControl control = connected.control();
        if (control != null) {
            EpisodeControl.FirstObservation reset = control.reset(arguments(request), deadline);
            open.first().add(link.upstream().name(), reset.fields(), reset.reward(), reset.done(), reset.metadata());
        }
        if (connected.adapter().features().isMcp()) {
            drift.begins(open.served(), link.upstream(), connected.adapter(), deadline);
        }
    }

    /** Whether the episode's own state is there, without which there is none. */
    private static boolean keepsEpisode(UpstreamLink link) {
        return link.upstream().isOpenEnv() || link.upstream() instanceof Upstream.Builtin;
    }

    /** The arguments of a reset as the trainer sent them. */
    private static ObjectNode arguments(ResetRequest request) {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        if (request.seed() != null) {
            arguments.put("seed", request.seed());
        }
        return arguments.setAll(request.withoutSeed());
    }

    /** Ends what is kept ready for runs that have not come for long. */
    public void retire() {
        connector.retire();
    }

    /** Ends what is kept ready for runs to come. */
    public void close() {
        connector.close();
    }

    /** What the resets of all upstreams gave, as one observation. Thread-safe. */
    private static final class FirstObservations {
        private final Map<String, ResetObservation> parts = new ConcurrentHashMap<>();

        void add(String upstream, ObjectNode fields, @Nullable JsonNode given, boolean isDone, ObjectNode notes) {
            parts.put(upstream, new ResetObservation(fields, given, isDone, notes));
        }

        ResetObservation together(Iterable<String> upstreams) {
            ObjectNode observation = JsonNodeFactory.instance.objectNode();
            ObjectNode metadata = JsonNodeFactory.instance.objectNode();
            JsonNode reward = null;
            boolean done = false;
            for (String upstream : upstreams) {
                ResetObservation part = parts.get(upstream);
                if (part != null) {
                    observation.setAll(part.observation());
                    metadata.setAll(part.metadata());
                    reward = part.reward() == null ? reward : part.reward();
                    done |= part.done();
                }
            }
            return new ResetObservation(observation, reward, done, metadata);
        }
    }

    /** The connections of one run. */
    private record OpenUpstreams(
            ServedEnvironment served,
            Map<String, UpstreamLink> links,
            Listening listening,
            FirstObservations first,
            RunCredentials credentials,
            FaultInjection faults,
            UpstreamConnector connector)
            implements OpenRun {

        UpstreamLink link(String upstream) {
            UpstreamLink link = links.get(upstream);
            if (link == null) {
                throw new IllegalStateException("the catalogue names an upstream that the manifest does not");
            }
            return link;
        }

        @Override
        public ResetObservation firstObservation() {
            return first.together(links.keySet());
        }

        @Override
        public String interfaceDigest() {
            return served.catalog().digest();
        }

        @Override
        public ObjectNode state(Deadline deadline) {
            ObjectNode state = JsonNodeFactory.instance.objectNode();
            for (UpstreamLink link : links.values()) {
                Connected connected = link.current();
                EpisodeControl control = connected == null ? null : connected.control();
                if (control != null) {
                    state.setAll(control.state(deadline));
                }
            }
            return state;
        }

        @Override
        public Verdict verify(Rubric.Verifier verifier, Deadline deadline) {
            Connected connected = link(verifier.workspace()).current();
            return connector.verify(served.manifest(), verifier, connected, credentials.scrubber(), deadline);
        }

        /** One upstream that is gone costs its own tools; all of them, or one that was the only one, the run. */
        @Override
        public boolean usable() {
            return links.values().stream().anyMatch(UpstreamLink::usable)
                    && links.values().stream().filter(Upstreams::keepsEpisode).allMatch(UpstreamLink::usable);
        }

        @Override
        public void close() {
            try {
                links.values().forEach(UpstreamLink::close);
            } finally {
                credentials.close();
            }
        }
    }
}
