package dev.stepgate.gateway.upstream;

import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.json.CanonicalJson;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Compares what an upstream says of its tools with what was admitted. What differs is quarantined and never shown. */
final class Drift {
    private Drift() {}

    static void check(ServedEnvironment served, Upstream upstream, List<ToolDescriptor> now) {
        Map<String, String> digests = now.stream()
                .collect(Collectors.toMap(
                        ToolDescriptor::name, tool -> CanonicalJson.sha256(tool.definition()), (first, _) -> first));
        for (CatalogEntry admitted : served.catalog().entries()) {
            if (!admitted.upstream().equals(upstream.name())) {
                continue;
            }
            String digest = digests.get(admitted.descriptor().name());
            if (digest != null && !digest.equals(admitted.digest())) {
                served.quarantine(admitted, "its upstream describes it as " + digest + " now");
            }
        }
    }
}
