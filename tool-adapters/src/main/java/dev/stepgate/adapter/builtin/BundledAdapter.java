package dev.stepgate.adapter.builtin;

import dev.stepgate.environment.bundled.BundledEnvironment;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;

/** One run of an environment that lives inside the gateway. */
public final class BundledAdapter implements ToolAdapter {
    private final BundledEnvironment environment;

    public BundledAdapter(BundledEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        return environment.tools().stream().map(ToolDescriptor::of).toList();
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline) {
        return Observation.of(environment.call(call.tool(), call.arguments()));
    }

    @Override
    public boolean usable() {
        return true;
    }

    @Override
    public void close() {}
}
