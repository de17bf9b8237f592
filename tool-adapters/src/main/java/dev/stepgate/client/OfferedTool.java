package dev.stepgate.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A tool that an environment offers.
 *
 * @param description empty where the server gives none
 * @param inputSchema JSON Schema of its arguments; not to be changed
 */
public record OfferedTool(String name, String description, ObjectNode inputSchema) {

    /** Reads either spelling of the schema: MCP's, or that of OpenEnv's observations. */
    static OfferedTool of(JsonNode tool) {
        JsonNode schema = tool.has("inputSchema") ? tool.get("inputSchema") : tool.path("input_schema");
        return new OfferedTool(
                tool.path("name").asText(),
                tool.path("description").asText(""),
                schema instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode());
    }
}
