package dev.stepgate.adapter;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import dev.stepgate.tool.Secret;
import dev.stepgate.tool.ServerFeatures;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Fills arguments with credentials and hides from everybody before it that tools have these arguments. A tool that does not
 * have its argument, or speaks of it where it cannot be taken out, is not listed.
 */
final class FillingAdapter implements ToolAdapter {
    private final ToolAdapter adapter;
    private final Map<String, Set<JsonPointer>> filled;

    /** @param filled the arguments, by the upstream's own name of the tool */
    FillingAdapter(ToolAdapter adapter, Map<String, Set<JsonPointer>> filled) {
        this.adapter = adapter;
        this.filled = Map.copyOf(filled);
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        List<ToolDescriptor> tools = new ArrayList<>();
        for (ToolDescriptor tool : adapter.listTools(deadline)) {
            without(tool, filled.getOrDefault(tool.name(), Set.of())).ifPresent(tools::add);
        }
        return tools;
    }

    private static Optional<ToolDescriptor> without(ToolDescriptor tool, Set<JsonPointer> arguments) {
        if (arguments.isEmpty()) {
            return Optional.of(tool);
        }
        ObjectNode definition = tool.definition().deepCopy();
        for (JsonPointer argument : arguments) {
            if (!HiddenArgument.remove((ObjectNode) definition.get("inputSchema"), argument)) {
                System.getLogger(FillingAdapter.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "tool=withheld tool={0} reason=its argument {1}, which a credential fills, is not there or can"
                                        + " not be taken out of its schema: correct `inject: arg` in the manifest",
                                tool.name(),
                                argument);
                return Optional.empty();
            }
        }
        return Optional.of(ToolDescriptor.of(definition));
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline, Downstream downstream) {
        Set<JsonPointer> hidden = filled.getOrDefault(call.tool(), Set.of());
        if (hidden.isEmpty() && !(credential instanceof Credential.Arguments)) {
            return adapter.call(call, credential, deadline, downstream);
        }
        if (!(credential instanceof Credential.Arguments(Map<JsonPointer, Secret> values, Credential beside))
                || !values.keySet().equals(hidden)) {
            throw new IllegalStateException(
                    "a call whose arguments are to be filled, without what they are filled with");
        }
        ObjectNode arguments = call.arguments().deepCopy();
        values.forEach((argument, value) -> fill(arguments, argument, value));
        return adapter.call(
                new ToolCall(call.tool(), arguments, call.meta(), call.headers()), beside, deadline, downstream);
    }

    private static void fill(ObjectNode arguments, JsonPointer argument, Secret value) {
        ObjectNode at = arguments;
        JsonPointer rest = argument;
        while (!rest.tail().matches()) {
            String name = rest.getMatchingProperty();
            JsonNode next = at.get(name);
            if (next != null && !next.isObject()) {
                throw Refusal.ofArgument("args.schema", "argument " + argument.head() + ": it must be an object", null);
            }
            at = next == null ? at.putObject(name) : (ObjectNode) next;
            rest = rest.tail();
        }
        at.put(rest.getMatchingProperty(), value.reveal());
    }

    @Override
    public ServerFeatures features() {
        return adapter.features();
    }

    @Override
    public Reply request(
            String method, ObjectNode params, Credential credential, Deadline deadline, Downstream downstream) {
        return adapter.request(method, params, credential, deadline, downstream);
    }

    @Override
    public void listen(BiConsumer<String, ObjectNode> heard, Deadline deadline) {
        adapter.listen(heard, deadline);
    }

    @Override
    public boolean usable() {
        return adapter.usable();
    }

    @Override
    public void close() {
        adapter.close();
    }
}
