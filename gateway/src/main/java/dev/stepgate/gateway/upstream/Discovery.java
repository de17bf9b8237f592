package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Passage;
import dev.stepgate.environment.Reward;
import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ToolAdmission;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.gateway.upstream.InParallel.Attempt;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ServerFeatures;
import dev.stepgate.tool.ToolDescriptor;
import dev.stepgate.yaml.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts together what the upstreams of an environment offer. For one thread. */
final class Discovery {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final EnvironmentManifest manifest;
    private final boolean pinned;
    private final List<CatalogEntry> entries = new ArrayList<>();
    private final Map<String, String> missing = new LinkedHashMap<>();
    private final Map<String, String> withheld = new LinkedHashMap<>();
    private final ObjectNode capabilities = NODES.objectNode();
    private @Nullable ObjectNode schema;
    private @Nullable Refusal failure;
    private int asked;

    /** @param pinned whether the manifest's pins count */
    Discovery(EnvironmentManifest manifest, boolean pinned) {
        this.manifest = manifest;
        this.pinned = pinned;
    }

    /**
     * What one upstream offers.
     *
     * @param schema the {@code /schema} of an OpenEnv environment, or null
     */
    record Found(
            Upstream upstream,
            List<ToolDescriptor> tools,
            ServerFeatures features,
            @Nullable ObjectNode schema) {}

    /** Takes what came of the next upstream, in the manifest's order. */
    void add(Attempt<Found> attempt) {
        Upstream upstream = manifest.upstreams().get(asked++);
        Found found = attempt.result();
        if (found == null) {
            failure = attempt.refusal();
            missing.put(upstream.name(), failure == null ? "it failed" : failure.reason());
            return;
        }
        found.tools().forEach(tool -> add(upstream, tool));
        offer(upstream, found.features().capabilities());
        schema = found.schema();
    }

    private void add(Upstream upstream, ToolDescriptor tool) {
        CatalogEntry entry = CatalogEntry.of(upstream.visible().nameOf(tool.name()), upstream.name(), tool);
        Optional<String> refused =
                (pinned ? notPinned(upstream, entry) : Optional.<String>empty()).or(() -> ToolAdmission.refuse(tool));
        if (refused.isPresent()) {
            withheld.put(entry.policyKey(), refused.get());
        } else {
            entries.add(entry);
        }
    }

    private static Optional<String> notPinned(Upstream upstream, CatalogEntry entry) {
        Map<String, String> pins = upstream.visible().pins();
        if (pins.isEmpty()) {
            return Optional.empty();
        }
        String pin = pins.get(entry.descriptor().name());
        if (pin == null) {
            return Optional.of("it is not pinned, while others of its upstream are");
        }
        return pin.equals(entry.digest())
                ? Optional.empty()
                : Optional.of("it is not what was pinned: its digest is " + entry.digest());
    }

    private void offer(Upstream upstream, ObjectNode offered) {
        for (Passage passage : upstream.visible().passes()) {
            JsonNode capability = offered.path(passage.wireName());
            if (!passage.isAskedOfAgents() && capability.isObject()) {
                capabilities.withObject("/" + passage.wireName()).setAll((ObjectNode) capability);
            }
        }
        if (offered.path("tools").path("listChanged").asBoolean(false)) {
            capabilities.withObject("/tools").put("listChanged", true);
        }
    }

    /** @throws Refusal when none could be reached, or one without which the environment is none */
    State.Available result(String driver) {
        boolean lost = manifest.upstreams().stream()
                .anyMatch(upstream -> upstream.isOpenEnv() && missing.containsKey(upstream.name()));
        if (failure != null && (missing.size() == manifest.upstreams().size() || lost)) {
            throw failure;
        }
        missing.forEach((upstream, reason) -> log("upstream=missing", upstream, reason));
        withheld.forEach((tool, reason) -> log("tool=withheld", tool, reason));
        requireRewarded();
        boolean alone = manifest.upstreams().size() == 1;
        return new State.Available(
                driver, ToolCatalog.of(entries), alone ? schema : null, capabilities, missing, withheld);
    }

    /** A reward that speaks of a tool which is not there would never be given. Those of an upstream that is missing may come. */
    private void requireRewarded() {
        Reward reward = manifest.reward();
        if (reward == null) {
            return;
        }
        Set<String> known = entries.stream().map(CatalogEntry::policyKey).collect(Collectors.toSet());
        for (String tool : reward.tools()) {
            String upstream = tool.substring(0, tool.indexOf('.'));
            if (!known.contains(tool) && !missing.containsKey(upstream)) {
                String help = Problem.nearest(tool, known);
                throw Refusal.environmentFailed("its `reward` speaks of the tool `" + tool + "`, which is not offered"
                        + (help.isEmpty() ? "" : "; " + help));
            }
        }
    }

    private void log(String event, String name, String reason) {
        System.getLogger(Discovery.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        "{0} environment={1} name={2} reason={3}",
                        event,
                        manifest.name(),
                        name,
                        reason);
    }
}
