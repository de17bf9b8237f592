package dev.stepgate.gateway.catalog;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Upstream;
import dev.stepgate.environment.Upstream.Action;
import dev.stepgate.tool.ToolCall;
import java.util.Optional;
import java.util.Set;

/** The native actions of an environment, as calls of the tools that take them. Stateless. */
public final class NativeActions {
    private static final Set<String> OF_TOOLS = Set.of("call_tool", "list_tools");

    private NativeActions() {}

    /**
     * The call that a trainer's native action is: of the first tool whose fixed fields it has, with the other fields as
     * arguments. Empty where the action speaks of tools itself, or the environment has no tool for it.
     */
    public static Optional<ToolCall> callOf(EnvironmentManifest manifest, ObjectNode action) {
        if (action.has("tool_name") || OF_TOOLS.contains(action.path("type").asText())) {
            return Optional.empty();
        }
        for (Upstream upstream : manifest.upstreams()) {
            for (Action tool : upstream.actions()) {
                if (fits(tool, action)) {
                    ObjectNode arguments = action.deepCopy();
                    arguments.remove(tool.fixed().keySet());
                    return Optional.of(new ToolCall(upstream.visible().nameOf(tool.tool()), arguments, null));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean fits(Action tool, ObjectNode action) {
        return tool.fixed().entrySet().stream()
                .allMatch(field ->
                        field.getValue().equals(action.path(field.getKey()).textValue()));
    }
}
