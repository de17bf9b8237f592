package dev.stepgate.tool;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What an upstream says it offers.
 *
 * @param capabilities MCP's {@code ServerCapabilities}, as sent
 * @param era the revision that is spoken with it, for people; empty where it is not MCP
 */
public record ServerFeatures(ObjectNode capabilities, String era) {

    /** Tools and nothing else. */
    public static final ServerFeatures TOOLS_ONLY = new ServerFeatures(JsonNodeFactory.instance.objectNode(), "");

    /** Whether it is a server that speaks MCP, and so may say tomorrow something else of its tools. */
    public boolean isMcp() {
        return !era.isEmpty();
    }
}
