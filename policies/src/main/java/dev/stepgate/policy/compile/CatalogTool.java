package dev.stepgate.policy.compile;

import org.jspecify.annotations.Nullable;

/**
 * A tool that an environment offers.
 *
 * @param upstream the manifest's name of its upstream
 * @param tool the upstream's own name for it
 * @param inputSchema its input schema as JSON text
 * @param outputSchema its output schema as JSON text, or null where it has none
 */
public record CatalogTool(
        String upstream,
        String tool,
        String inputSchema,
        @Nullable String outputSchema) {

    public CatalogTool(String upstream, String tool, String inputSchema) {
        this(upstream, tool, inputSchema, null);
    }

    /** The key under which policies speak of it. */
    public String key() {
        return upstream + "." + tool;
    }
}
