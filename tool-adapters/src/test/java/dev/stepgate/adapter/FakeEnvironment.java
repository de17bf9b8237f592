package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.bundled.BundledEnvironment;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A bundled environment with {@link FakeTools}. */
public final class FakeEnvironment implements BundledEnvironment {
    private final BiFunction<String, ObjectNode, ObjectNode> tools;

    public FakeEnvironment(BiFunction<String, ObjectNode, ObjectNode> tools) {
        this.tools = tools;
    }

    @Override
    public List<ObjectNode> tools() {
        return FakeTools.definitions();
    }

    @Override
    public Answer call(String tool, ObjectNode arguments) {
        return new Answer(tools.apply(tool, arguments), null, false);
    }

    @Override
    public Reset reset(@Nullable Long seed, ObjectNode parameters) {
        return new Reset(JsonNodeFactory.instance.objectNode(), null, JsonNodeFactory.instance.objectNode());
    }
}
