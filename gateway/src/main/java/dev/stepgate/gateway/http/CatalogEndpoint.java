package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.config.Assembly;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episodes;
import dev.stepgate.gateway.episode.Narrowing;
import dev.stepgate.gateway.identity.Principal;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code GET /envs} and {@code GET /envs/{env}}: what is served here. */
final class CatalogEndpoint {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Gateway gateway;

    CatalogEndpoint(Gateway gateway) {
        this.gateway = gateway;
    }

    Answer all(Principal principal) {
        ObjectNode body = NODES.objectNode();
        ArrayNode list = body.putArray("environments");
        gateway.environments().all().stream()
                .filter(environment -> principal.mayEnter(environment.name()))
                .forEach(environment -> list.add(entry(environment, principal)));
        return Answer.json(200, body);
    }

    Answer one(ServedEnvironment environment, Principal principal) {
        return Answer.json(200, entry(environment, principal));
    }

    private ObjectNode entry(ServedEnvironment environment, Principal principal) {
        String name = environment.name();
        ObjectNode entry = NODES.objectNode();
        entry.put("name", name);
        entry.put("description", environment.manifest().description());
        entry.put("mode", gateway.production() ? "production" : "training");
        entry.put("interface", environment.interfaceDigest().orElse(null));
        entry.put("driver", Assembly.driver(environment).orElse(null));
        entry.put("available", environment.isAvailable());
        if (environment.state() instanceof ServedEnvironment.State.Unavailable(String reason)) {
            entry.put("reason", reason);
        }
        if (environment.state() instanceof ServedEnvironment.State.Available available) {
            tell(entry, "missing_upstreams", available.missing());
            tell(entry, "withheld_tools", available.withheld());
            tell(entry, "quarantined_tools", environment.quarantined());
        }
        ArrayNode tools = entry.putArray("tools");
        gateway.policyGate().visibleTools(environment, principal, Narrowing.NONE).stream()
                .map(CatalogEntry::visibleName)
                .forEach(tools::add);
        entry.put("base_url", gateway.publicUrl() + "/envs/" + name);
        entry.put("mcp_url", gateway.publicUrl() + "/envs/" + name + "/mcp");
        Episodes.Use use = gateway.episodes().use(name);
        entry.putObject("capacity")
                .put("max", use.max())
                .put("in_use", use.inUse())
                .put("queued", use.queued());
        return entry;
    }

    /** What is wrong, where anything is. */
    private static void tell(ObjectNode entry, String key, Map<String, String> reasons) {
        if (!reasons.isEmpty()) {
            ObjectNode told = entry.putObject(key);
            reasons.forEach(told::put);
        }
    }

    /** The same whether there is none or the caller may not know of it; names at most what it may know of. */
    Answer unknown(Principal principal) {
        String known = gateway.environments().names().stream()
                .filter(principal::mayEnter)
                .collect(Collectors.joining(", "));
        return Answer.error(404, "unknown_environment", "there is no environment of that name; there are: " + known);
    }
}
