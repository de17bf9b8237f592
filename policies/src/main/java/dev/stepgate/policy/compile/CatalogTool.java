package dev.stepgate.policy.compile;

/**
 * A tool that an environment offers.
 *
 * @param upstream the manifest's name of its upstream
 * @param tool the upstream's own name for it
 * @param inputSchema its input schema as JSON text
 */
public record CatalogTool(String upstream, String tool, String inputSchema) {

    /** The key under which policies speak of it. */
    public String key() {
        return upstream + "." + tool;
    }
}
