package dev.stepgate.environment.bundled;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Sandbox;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run of an environment that lives inside the gateway. Its tools may be called by several threads at once. */
public interface BundledEnvironment extends AutoCloseable {

    /** Its tools as MCP {@code Tool} objects, in a fixed order; not to be changed. */
    List<ObjectNode> tools();

    /**
     * Calls a tool. May block; may be interrupted.
     *
     * @param arguments arguments that fit the tool's schema
     * @throws EnvironmentFailed when the run is lost
     */
    Answer call(String tool, ObjectNode arguments);

    /**
     * Begins the run.
     *
     * @throws EnvironmentFailed when it cannot begin
     */
    Reset reset(@Nullable Long seed, ObjectNode parameters);

    /** What the environment itself shows of its run to a trainer. */
    default ObjectNode state() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Whether a further call can succeed. */
    default boolean usable() {
        return true;
    }

    /** Ends what the run has started. Safe to call twice. */
    @Override
    default void close() {}

    /**
     * What a call came to.
     *
     * @param result the MCP {@code CallToolResult}
     * @param reward a JSON number, or null
     * @param done whether the run ends with it
     */
    record Answer(ObjectNode result, @Nullable JsonNode reward, boolean done) {
        static Answer of(ObjectNode result) {
            return new Answer(result, null, false);
        }
    }

    /**
     * The first observation.
     *
     * @param reward a JSON number, or null
     */
    record Reset(ObjectNode observation, @Nullable JsonNode reward, ObjectNode metadata) {}

    /**
     * What an environment is given to work with.
     *
     * @param folder the folder of its manifest
     */
    record Setting(Path folder, SandboxStarter sandboxes) {}

    /** Starts a program in a sandbox as the manifest wants it, with the gateway's own JDK in reach. */
    @FunctionalInterface
    interface SandboxStarter {
        /** The word in arguments that stands for the JDK's folder inside. */
        String JDK = "{jdk}";

        /** @throws RuntimeException when it cannot be started, with a sentence that says why */
        Sandbox start(String command, List<String> args);
    }

    /** Makes the environment of a name that a manifest may use under {@code builtin}. */
    static BundledEnvironment named(String name, Setting setting) {
        return switch (name) {
            case "echo" -> new EchoEnvironment();
            case "workspace" -> new WorkspaceEnvironment(setting);
            default -> throw new IllegalArgumentException("no builtin `" + name + "`");
        };
    }
}
