package dev.stepgate.environment.bundled;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says back what it is told: the twin of OpenEnv's reference environment on the wire, with its tools, its rewards (0 for a
 * reset, none for a call) and its words after a reset. It has no state, so it is the smallest environment there can be.
 */
final class EchoEnvironment implements BundledEnvironment {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<ObjectNode> TOOLS = List.of(
            tool("echo_message", "Says the message back.", wrappedString()),
            tool("echo_with_length", "Says the message back, with its length in characters.", messageAndLength()));

    @Override
    public List<ObjectNode> tools() {
        return TOOLS;
    }

    @Override
    public Answer call(String tool, ObjectNode arguments) {
        String message = arguments.path("message").asText();
        return Answer.of(
                switch (tool) {
                    case "echo_message" -> result(message, NODES.objectNode().put("result", message));
                    case "echo_with_length" -> {
                        ObjectNode structured = NODES.objectNode().put("message", message);
                        // As Python counts: code points, not UTF-16 units.
                        structured.put("length", message.codePointCount(0, message.length()));
                        yield result(structured.toString(), structured);
                    }
                    default -> throw new IllegalArgumentException("no tool `" + tool + "`");
                });
    }

    @Override
    public Reset reset(@Nullable Long seed, ObjectNode parameters) {
        ObjectNode metadata = NODES.objectNode();
        metadata.put("status", "ready");
        metadata.put("message", "Echo environment ready!");
        return new Reset(NODES.objectNode(), DoubleNode.valueOf(0.0), metadata);
    }

    private static ObjectNode result(String text, ObjectNode structured) {
        ObjectNode result = NODES.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        result.set("structuredContent", structured);
        return result;
    }

    private static ObjectNode tool(String name, String description, ObjectNode outputSchema) {
        ObjectNode tool = NODES.objectNode().put("name", name).put("description", description);
        ObjectNode input = object(tool.putObject("inputSchema"));
        ((ObjectNode) input.get("properties"))
                .putObject("message")
                .put("type", "string")
                .put("description", "What to say back");
        input.putArray("required").add("message");
        input.put("additionalProperties", false);
        tool.set("outputSchema", outputSchema);
        return tool;
    }

    private static ObjectNode object(ObjectNode schema) {
        schema.put("type", "object");
        schema.putObject("properties");
        return schema;
    }

    private static ObjectNode wrappedString() {
        ObjectNode schema = object(NODES.objectNode());
        ((ObjectNode) schema.get("properties")).putObject("result").put("type", "string");
        schema.putArray("required").add("result");
        return schema;
    }

    private static ObjectNode messageAndLength() {
        ObjectNode schema = object(NODES.objectNode());
        ((ObjectNode) schema.get("properties")).putObject("message").put("type", "string");
        ((ObjectNode) schema.get("properties")).putObject("length").put("type", "integer");
        schema.putArray("required").add("message").add("length");
        return schema;
    }
}
