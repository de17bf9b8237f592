package dev.stepgate.environment.bundled;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run of an environment that lives inside the gateway. Its tools may be called by several threads at once. */
public interface BundledEnvironment {

    /** Its tools as MCP {@code Tool} objects, in a fixed order; not to be changed. */
    List<ObjectNode> tools();

    /**
     * Calls a tool.
     *
     * @param arguments arguments that fit the tool's schema
     * @return the MCP {@code CallToolResult}
     */
    ObjectNode call(String tool, ObjectNode arguments);

    /** Begins the run. */
    Reset reset(@Nullable Long seed, ObjectNode parameters);

    /**
     * The first observation.
     *
     * @param reward a JSON number, or null
     */
    record Reset(ObjectNode observation, @Nullable JsonNode reward, ObjectNode metadata) {}

    /** Makes the environment of a name that a manifest may use under {@code builtin}. */
    static BundledEnvironment named(String name) {
        return switch (name) {
            case "echo" -> new EchoEnvironment();
            default -> throw new IllegalArgumentException("no builtin `" + name + "`");
        };
    }
}
