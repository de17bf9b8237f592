package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Upstream;
import dev.stepgate.environment.bundled.BundledEnvironment;
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
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        for (Upstream upstream : manifest.upstreams()) {
            try (ToolAdapter adapter = connector.connect(manifest, upstream, Optional.empty(), deadline)) {
                for (ToolDescriptor tool : adapter.listTools(deadline)) {
                    entries.add(CatalogEntry.of(upstream.visible().nameOf(tool.name()), upstream.name(), tool));
                }
            }
        }
        return new State.Available(driver, ToolCatalog.of(entries));
    }

    @Override
    public OpenRun start(String environment, ResetRequest request, Deadline deadline) {
        EnvironmentManifest manifest = environments
                .find(environment)
                .filter(ServedEnvironment::isAvailable)
                .map(ServedEnvironment::manifest)
                .orElseThrow(() -> Refusal.environmentFailed("the environment is not available"));
        Map<String, ToolAdapter> adapters = new HashMap<>();
        ObjectNode observation = JsonNodeFactory.instance.objectNode();
        ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        ResetObservation first = new ResetObservation(observation, null, false, metadata);
        try {
            for (Upstream upstream : manifest.upstreams()) {
                Optional<BundledEnvironment> bundled = Optional.empty();
                if (upstream instanceof Upstream.Builtin builtin) {
                    BundledEnvironment instance = BundledEnvironment.named(builtin.builtin());
                    BundledEnvironment.Reset reset = instance.reset(request.seed(), request.parameters());
                    observation.setAll(reset.observation());
                    metadata.setAll(reset.metadata());
                    first = new ResetObservation(observation, reset.reward(), false, metadata);
                    bundled = Optional.of(instance);
                }
                adapters.put(upstream.name(), connector.connect(manifest, upstream, bundled, deadline));
            }
        } catch (RuntimeException failed) {
            adapters.values().forEach(ToolAdapter::close);
            throw failed;
        }
        return new OpenUpstreams(adapters, first);
    }

    /** The connections of one run. */
    private record OpenUpstreams(Map<String, ToolAdapter> adapters, ResetObservation firstObservation)
            implements OpenRun {

        ToolAdapter adapter(String upstream) {
            ToolAdapter adapter = adapters.get(upstream);
            if (adapter == null) {
                throw new IllegalStateException("the catalogue names an upstream that the manifest does not");
            }
            return adapter;
        }

        @Override
        public boolean usable() {
            return adapters.values().stream().allMatch(ToolAdapter::usable);
        }

        @Override
        public void close() {
            adapters.values().forEach(ToolAdapter::close);
        }
    }
}
