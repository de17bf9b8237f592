package dev.stepgate.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.CallToolResult;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** The tools that every upstream of {@link ToolAdapterContract} has. */
public final class FakeTools {
    private FakeTools() {}

    /** Definitions in order, with fields that no revision of MCP knows. */
    public static List<ObjectNode> definitions() {
        return Stream.of("echo", "fail", "hang")
                .map(name -> object(
                        "{\"name\":\"" + name + "\",\"vendor/x\":{\"n\":1.10},\"inputSchema\":{\"type\":\"object\"}}"))
                .toList();
    }

    /** {@code echo} answers with its arguments, {@code fail} with an error, {@code hang} never. */
    public static ObjectNode call(String tool, ObjectNode arguments) {
        return switch (tool) {
            case "echo" -> echo(arguments);
            case "fail" -> CallToolResult.text("it failed", true);
            case "hang" -> hang();
            default -> throw new IllegalArgumentException(tool);
        };
    }

    private static ObjectNode echo(ObjectNode arguments) {
        ObjectNode result =
                object("{\"content\":[{\"type\":\"vendor\",\"y\":[1.0,null]}],\"_meta\":{\"z\":1E+2},\"new\":true}");
        result.set("structuredContent", arguments);
        return result;
    }

    private static ObjectNode hang() {
        try {
            new CountDownLatch(1).await();
            throw new IllegalStateException("nobody counts down");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static ObjectNode object(String json) {
        return (ObjectNode) StrictJson.parse(json.getBytes(UTF_8));
    }
}
