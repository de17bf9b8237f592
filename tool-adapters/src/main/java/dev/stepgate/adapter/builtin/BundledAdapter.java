package dev.stepgate.adapter.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.Waits;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Calls the tools of an environment inside the gateway. Each call runs on a virtual thread of its own, so that its deadline
 * holds whatever the tool does; that thread is interrupted at the deadline and by {@link #close()}.
 */
public final class BundledAdapter implements ToolAdapter {
    private final List<ToolDescriptor> tools;
    private final Set<String> names;
    private final Tools environment;
    private final Map<Thread, CompletableFuture<Observation>> running = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Calls a tool of the environment with arguments that fit its schema; may throw, may be called at once. */
    @FunctionalInterface
    public interface Tools {
        /** Returns the MCP {@code CallToolResult}. */
        ObjectNode call(String tool, ObjectNode arguments);
    }

    /** @param tools the MCP {@code Tool} objects, in a fixed order */
    public BundledAdapter(List<ObjectNode> tools, Tools environment) {
        this.tools = tools.stream().map(ToolDescriptor::of).toList();
        this.names = this.tools.stream().map(ToolDescriptor::name).collect(Collectors.toUnmodifiableSet());
        this.environment = environment;
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        requireOpen();
        return tools;
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline, Downstream downstream) {
        requireOpen();
        Waits.requireTimeLeft(deadline);
        if (!names.contains(call.tool())) {
            throw Refusal.unknownTool(call.tool());
        }
        CompletableFuture<Observation> answer = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().name("stepgate-bundled").unstarted(() -> run(call, answer));
        running.put(thread, answer);
        Runnable forget = downstream.onCancel(() -> answer.completeExceptionally(Waits.cancelled()));
        try {
            requireOpen(); // again, now that close() sees this call
            thread.start();
            return answer.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw Refusal.timeout("the tool gave no answer in time");
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Refusal refusal ? refusal : new IllegalStateException(e);
        } finally {
            forget.run();
            running.remove(thread);
            thread.interrupt();
        }
    }

    private void run(ToolCall call, CompletableFuture<Observation> answer) {
        try {
            answer.complete(Observation.of(environment.call(call.tool(), call.arguments())));
        } catch (Refusal refusal) {
            answer.completeExceptionally(refusal);
        } catch (RuntimeException | StackOverflowError bug) {
            // What went wrong inside is the environment's own matter and not for the agent.
            System.getLogger(BundledAdapter.class.getName()).log(System.Logger.Level.ERROR, "bundled tool failed", bug);
            answer.completeExceptionally(Refusal.environmentFailed("the environment failed"));
        }
    }

    private void requireOpen() {
        if (closed) {
            throw Refusal.environmentFailed("the upstream was closed");
        }
    }

    @Override
    public boolean usable() {
        return !closed;
    }

    @Override
    public void close() {
        closed = true;
        running.values()
                .forEach(answer -> answer.completeExceptionally(Refusal.environmentFailed("the upstream was closed")));
    }
}
