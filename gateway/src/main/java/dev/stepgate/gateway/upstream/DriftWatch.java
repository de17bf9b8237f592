package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.json.CanonicalJson;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Compares what upstreams say of their tools now with what was admitted. What differs is quarantined and never shown. It
 * looks when a run begins, when an upstream says that its tools have changed, and when a call fails as one does whose tool is
 * not what it was. Thread-safe.
 */
final class DriftWatch {
    /** Runs that share a server share a look at it for this long. */
    private static final Duration SHARED = Duration.ofSeconds(10);

    /** Suspicions are gathered for this long, so that a flood of them costs two lists a second and no more. */
    private static final Duration GATHERED = Duration.ofMillis(500);

    private static final Duration LOOK = Duration.ofSeconds(10);

    private final Map<Watched, Long> lookedAtNanos = new ConcurrentHashMap<>();
    private final Set<Watched> suspected = ConcurrentHashMap.newKeySet();

    private record Watched(String environment, String upstream) {}

    /** Looks at the upstream of a run that begins, unless another run has just looked at the same server. */
    void begins(ServedEnvironment served, Upstream upstream, ToolAdapter adapter, Deadline deadline) {
        Watched watched = new Watched(served.name(), upstream.name());
        Long last = upstream.isElsewhere() ? lookedAtNanos.get(watched) : null;
        if (last == null || System.nanoTime() - last > SHARED.toNanos()) {
            long now = System.nanoTime();
            compare(served, upstream, adapter.listTools(deadline));
            lookedAtNanos.put(watched, now);
        }
    }

    /** Whether a call failed as one does whose tool is gone or takes other arguments than it said. */
    static boolean isSuspicious(Observation observation) {
        ObjectNode metadata = observation.metadata();
        JsonNode failure = metadata == null ? null : metadata.get("json_rpc_error");
        int code = failure == null ? 0 : failure.path("code").asInt();
        return code == JsonRpcCode.INVALID_PARAMS || code == JsonRpcCode.METHOD_NOT_FOUND;
    }

    /** Looks soon, on a thread of its own. */
    void suspect(ServedEnvironment served, UpstreamLink link) {
        Watched watched = new Watched(served.name(), link.upstream().name());
        if (!suspected.add(watched)) {
            return;
        }
        Thread.ofVirtual().name("drift-" + served.name()).start(() -> {
            LockSupport.parkNanos(GATHERED.toNanos());
            suspected.remove(watched); // before the look: a change that comes while it goes on is another
            try {
                compare(
                        served,
                        link.upstream(),
                        link.use(Deadline.in(LOOK), adapter -> adapter.listTools(Deadline.in(LOOK))));
            } catch (Refusal unreachable) {
                // It is looked at again when the next run begins; a call that comes before fails as this did.
            }
        });
    }

    private static void compare(ServedEnvironment served, Upstream upstream, List<ToolDescriptor> now) {
        Map<String, ObjectNode> definitions = now.stream()
                .collect(Collectors.toMap(ToolDescriptor::name, ToolDescriptor::definition, (first, _) -> first));
        for (CatalogEntry admitted : served.catalog().entries()) {
            ObjectNode definition = admitted.upstream().equals(upstream.name())
                    ? definitions.get(admitted.descriptor().name())
                    : null;
            // Mostly nothing has changed, and that is seen without a digest.
            if (definition == null || definition.equals(admitted.descriptor().definition())) {
                continue;
            }
            String digest = CanonicalJson.sha256(definition);
            if (!digest.equals(admitted.digest())) {
                served.quarantine(admitted, "its upstream describes it as " + digest + " now");
            }
        }
    }
}
