package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.EpisodeControl;
import dev.stepgate.adapter.openenv.OpenEnvEndpoint;
import dev.stepgate.adapter.openenv.ServerDocuments;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.gateway.credential.CredentialedCall;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.episode.RunBackend;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.upstream.UpstreamConnector.Connected;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolDescriptor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one caller of adapters. Thread-safe. */
public final class Upstreams implements RunBackend {
    private final ServedEnvironments environments;
    private final UpstreamConnector connector;

    public Upstreams(ServedEnvironments environments, UpstreamConnector connector) {
        this.environments = environments;
        this.connector = connector;
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
        CatalogEntry tool = authorized.tool();
        return open.adapter(authorized.upstream())
                .call(incoming.call().named(tool.descriptor().name()), ready.credential(), incoming.deadline());
    }

    /**
     * Finds out what tools an environment has, by starting it once.
     *
     * @throws Refusal with the reason why it cannot be used here
     */
    public State.Available discover(EnvironmentManifest manifest, Deadline deadline) {
        String driver = connector.driverFor(manifest);
        List<CatalogEntry> entries = new ArrayList<>();
        ObjectNode schema = null;
        for (Upstream upstream : manifest.upstreams()) {
            Connected connected = connector.connect(manifest, upstream, deadline);
            try (ToolAdapter adapter = connected.adapter()) {
                for (ToolDescriptor tool : adapter.listTools(deadline)) {
                    entries.add(CatalogEntry.of(upstream.visible().nameOf(tool.name()), upstream.name(), tool));
                }
                OpenEnvEndpoint endpoint = connected.endpoint();
                if (endpoint != null) {
                    schema = described(manifest, endpoint, deadline);
                }
            }
        }
        boolean alone = manifest.upstreams().size() == 1;
        return new State.Available(driver, ToolCatalog.of(entries), alone ? schema : null);
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
    public OpenRun start(String environment, ResetRequest request, Deadline deadline) {
        EnvironmentManifest manifest = environments
                .find(environment)
                .filter(ServedEnvironment::isAvailable)
                .map(ServedEnvironment::manifest)
                .orElseThrow(() -> Refusal.environmentFailed("the environment is not available"));
        Map<String, Connected> connections = new LinkedHashMap<>();
        FirstObservations first = new FirstObservations();
        try {
            for (Upstream upstream : manifest.upstreams()) {
                Connected connected = connector.connect(manifest, upstream, deadline);
                connections.put(upstream.name(), connected);
                EpisodeControl control = connected.control();
                if (control != null) {
                    EpisodeControl.FirstObservation reset = control.reset(arguments(request), deadline);
                    first.add(reset.fields(), reset.reward(), reset.done(), reset.metadata());
                }
            }
        } catch (RuntimeException failed) {
            connections.values().forEach(connected -> connected.adapter().close());
            throw failed;
        }
        return new OpenUpstreams(connections, first.together());
    }

    /** The arguments of a reset as the trainer sent them. */
    private static ObjectNode arguments(ResetRequest request) {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        if (request.seed() != null) {
            arguments.put("seed", request.seed());
        }
        if (request.episodeId() != null) {
            arguments.put("episode_id", request.episodeId());
        }
        return arguments.setAll(request.parameters());
    }

    /** Ends what is kept ready for runs to come. */
    public void close() {
        connector.close();
    }

    /** What the resets of all upstreams gave, as one observation. For one thread. */
    private static final class FirstObservations {
        private final ObjectNode observation = JsonNodeFactory.instance.objectNode();
        private final ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        private @Nullable JsonNode reward;
        private boolean done;

        void add(ObjectNode fields, @Nullable JsonNode given, boolean isDone, ObjectNode notes) {
            observation.setAll(fields);
            metadata.setAll(notes);
            reward = given == null ? reward : given;
            done |= isDone;
        }

        ResetObservation together() {
            return new ResetObservation(observation, reward, done, metadata);
        }
    }

    /** The connections of one run. */
    private record OpenUpstreams(Map<String, Connected> connections, ResetObservation firstObservation)
            implements OpenRun {

        ToolAdapter adapter(String upstream) {
            Connected connected = connections.get(upstream);
            if (connected == null) {
                throw new IllegalStateException("the catalogue names an upstream that the manifest does not");
            }
            return connected.adapter();
        }

        @Override
        public ObjectNode state(Deadline deadline) {
            ObjectNode state = JsonNodeFactory.instance.objectNode();
            for (Connected connected : connections.values()) {
                EpisodeControl control = connected.control();
                if (control != null) {
                    state.setAll(control.state(deadline));
                }
            }
            return state;
        }

        @Override
        public boolean usable() {
            return connections.values().stream()
                    .allMatch(connected -> connected.adapter().usable());
        }

        @Override
        public void close() {
            connections.values().forEach(connected -> connected.adapter().close());
        }
    }
}
