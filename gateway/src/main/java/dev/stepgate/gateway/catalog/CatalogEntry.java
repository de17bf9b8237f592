package dev.stepgate.gateway.catalog;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.CanonicalJson;
import dev.stepgate.tool.ToolDescriptor;

/**
 * One tool of an environment.
 *
 * @param visibleName the name that agents see and call
 * @param upstream the manifest's name of the upstream that has it
 * @param descriptor the tool as its upstream describes it
 * @param definition the MCP {@code Tool} object for agents: the upstream's own with the visible name; not to be changed
 */
public record CatalogEntry(String visibleName, String upstream, ToolDescriptor descriptor, ObjectNode definition) {

    public static CatalogEntry of(String visibleName, String upstream, ToolDescriptor descriptor) {
        ObjectNode definition = descriptor.definition();
        if (!visibleName.equals(descriptor.name())) {
            definition = definition.deepCopy().put("name", visibleName);
        }
        return new CatalogEntry(visibleName, upstream, descriptor, definition);
    }

    /** SHA-256 over the canonical form of what the upstream says of it: two equal digests are the same tool. */
    public String digest() {
        return CanonicalJson.sha256(descriptor.definition());
    }

    /** The key under which policies speak of it, {@code <upstream>.<tool>}. */
    public String policyKey() {
        return upstream + "." + descriptor.name();
    }
}
