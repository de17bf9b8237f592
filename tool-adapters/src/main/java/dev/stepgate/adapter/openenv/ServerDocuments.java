package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Deadline;

/**
 * What a server says of itself over HTTP.
 *
 * @param schema its {@code /schema}: {@code action}, {@code observation}, {@code state}; empty where it has none
 */
public record ServerDocuments(Vintage vintage, ObjectNode schema) {

    /** Asks a server for its documents; one that has none is not refused. */
    public static ServerDocuments of(OpenEnvTransport transport, OpenEnvEndpoint endpoint, Deadline deadline) {
        Vintage vintage = transport
                .document(endpoint, "/openapi.json", deadline)
                .map(Vintage::of)
                .orElse(Vintage.UNKNOWN);
        return new ServerDocuments(vintage, schema(transport, endpoint, deadline));
    }

    static ObjectNode schema(OpenEnvTransport transport, OpenEnvEndpoint endpoint, Deadline deadline) {
        return transport.document(endpoint, "/schema", deadline).orElseGet(JsonNodeFactory.instance::objectNode);
    }

    /** The schema of an action, whatever it is. */
    static ObjectNode action(ObjectNode schema) {
        return schema.get("action") instanceof ObjectNode action ? action : JsonNodeFactory.instance.objectNode();
    }

    /**
     * Whether a {@code call_tool} step is an action of the environment. It is where the declared class is OpenEnv's own for
     * tools, the bare base of all actions, or one that has its fields.
     */
    static boolean takesToolCalls(ObjectNode action) {
        return action.isEmpty()
                || action.path("title").asText("").equals("Action")
                || action.path("title").asText("").equals("ListToolsAction")
                || action.path("properties").has("tool_name");
    }
}
