package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.catalog.ServedEnvironment;

/** What an OpenEnv server says of itself: metadata, schemas, and its OpenAPI document. Stateless. */
final class OpenEnvDocuments {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String DIALECT = "1.0.0";

    private OpenEnvDocuments() {}

    /** OpenEnv's own fields, and the digest of the interface. */
    static ObjectNode metadata(ServedEnvironment environment) {
        EnvironmentManifest manifest = environment.manifest();
        ObjectNode metadata = NODES.objectNode();
        metadata.put("name", manifest.name());
        metadata.put("description", manifest.description());
        metadata.putNull("readme_content");
        metadata.put("version", manifest.version());
        metadata.putNull("author");
        metadata.putNull("documentation_url");
        metadata.put("interface", environment.interfaceDigest().orElse(null));
        return metadata;
    }

    /** Trainers recognise an MCP environment by the titles of these schemas. */
    static ObjectNode schema() {
        ObjectNode schema = NODES.objectNode();
        ObjectNode action = model(schema.putObject("action"), "CallToolAction", false);
        properties(action).putObject("type").put("const", "call_tool").put("default", "call_tool");
        properties(action).putObject("tool_name").put("type", "string");
        object(properties(action).putObject("arguments"));
        action.putArray("required").add("tool_name");
        ObjectNode observation = model(schema.putObject("observation"), "CallToolObservation", false);
        properties(observation).putObject("done").put("type", "boolean").put("default", false);
        ObjectNode reward = properties(observation).putObject("reward").putNull("default");
        reward.putArray("anyOf")
                .add(type("boolean"))
                .add(type("integer"))
                .add(type("number"))
                .add(type("null"));
        properties(observation).putObject("tool_name").put("type", "string");
        properties(observation).putObject("result");
        properties(observation)
                .putObject("error")
                .putArray("anyOf")
                .add(type("object"))
                .add(type("null"));
        schema.set("reset_observation", observation); // a reset is answered in the same shape
        ObjectNode state = model(schema.putObject("state"), "State", true);
        ObjectNode id = properties(state).putObject("episode_id").putNull("default");
        id.putArray("anyOf").add(type("string")).add(type("null"));
        properties(state)
                .putObject("step_count")
                .put("type", "integer")
                .put("minimum", 0)
                .put("default", 0);
        return schema;
    }

    private static ObjectNode model(ObjectNode model, String title, boolean open) {
        model.put("type", "object").put("title", title).put("additionalProperties", open);
        model.putObject("properties");
        if (!open) {
            object(properties(model).putObject("metadata"));
        }
        return model;
    }

    private static ObjectNode properties(ObjectNode model) {
        return (ObjectNode) model.get("properties");
    }

    private static void object(ObjectNode schema) {
        schema.put("type", "object").put("additionalProperties", true);
    }

    private static ObjectNode type(String type) {
        return NODES.objectNode().put("type", type);
    }

    /** Paths are relative to the environment's own base, which is the document's server. */
    static ObjectNode openApi(String base, boolean production) {
        ObjectNode document = NODES.objectNode().put("openapi", "3.1.0");
        document.putObject("info").put("title", "OpenEnv Environment HTTP API").put("version", DIALECT);
        document.putArray("servers").addObject().put("url", base);
        ObjectNode paths = document.putObject("paths");
        operation(paths, "/health", "get", "Whether the environment answers");
        operation(paths, "/metadata", "get", "What the environment is");
        operation(paths, "/schema", "get", "The shapes of actions, observations and state");
        operation(paths, "/mcp", "post", "Tools, by MCP or by OpenEnv's JSON-RPC dialect");
        if (!production) {
            operation(paths, "/reset", "post", "Begin the next run");
            operation(paths, "/step", "post", "Take a step");
            operation(paths, "/state", "get", "The run's id and its step count");
        }
        return document;
    }

    private static void operation(ObjectNode paths, String path, String method, String summary) {
        ObjectNode operation = paths.putObject(path).putObject(method).put("summary", summary);
        ObjectNode ok = operation.putObject("responses").putObject("200").put("description", "OK");
        ok.putObject("content").putObject("application/json").putObject("schema");
    }
}
