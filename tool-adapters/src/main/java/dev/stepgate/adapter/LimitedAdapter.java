package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Reply;
import dev.stepgate.tool.ServerFeatures;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Bounds the calls in flight. Who waits is served in the order of arrival, and gives up at its deadline. */
final class LimitedAdapter implements ToolAdapter {
    private final ToolAdapter adapter;
    private final Semaphore places;

    LimitedAdapter(ToolAdapter adapter, int mostCalls) {
        if (mostCalls < 1) {
            throw new IllegalArgumentException("at least one call must be allowed");
        }
        this.adapter = adapter;
        this.places = new Semaphore(mostCalls, true);
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        return inPlace(deadline, () -> adapter.listTools(deadline));
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline, Downstream downstream) {
        return inPlace(deadline, () -> adapter.call(call, credential, deadline, downstream));
    }

    @Override
    public ServerFeatures features() {
        return adapter.features();
    }

    @Override
    public Reply request(
            String method, ObjectNode params, Credential credential, Deadline deadline, Downstream downstream) {
        return inPlace(deadline, () -> adapter.request(method, params, credential, deadline, downstream));
    }

    @Override
    public void listen(BiConsumer<String, ObjectNode> heard, Deadline deadline) {
        adapter.listen(heard, deadline);
    }

    private <T> T inPlace(Deadline deadline, Supplier<T> action) {
        Waits.acquire(places, 1, deadline, "the upstream is busy");
        try {
            return action.get();
        } finally {
            places.release();
        }
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
