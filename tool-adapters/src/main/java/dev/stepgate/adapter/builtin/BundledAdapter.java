package dev.stepgate.adapter.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.EpisodeControl;
import dev.stepgate.adapter.Waits;
import dev.stepgate.environment.bundled.BundledEnvironment;
import dev.stepgate.environment.bundled.EnvironmentFailed;
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
public final class BundledAdapter implements ToolAdapter, EpisodeControl {
    private final List<ToolDescriptor> tools;
    private final Set<String> names;
    private final BundledEnvironment environment;
    private final Map<Thread, CompletableFuture<Observation>> running = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** @param environment is closed with the adapter */
    public BundledAdapter(BundledEnvironment environment) {
        this.tools = environment.tools().stream().map(ToolDescriptor::of).toList();
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
            BundledEnvironment.Answer given = environment.call(call.tool(), call.arguments());
            boolean error = given.result().path("isError").asBoolean(false);
            answer.complete(new Observation(given.result(), error, given.reward(), given.done(), null));
        } catch (EnvironmentFailed lost) {
            answer.completeExceptionally(Refusal.environmentFailed(lost.sentence()));
        } catch (Refusal refusal) {
            answer.completeExceptionally(refusal);
        } catch (RuntimeException | StackOverflowError bug) {
            // What went wrong inside is the environment's own matter and not for the agent.
            System.getLogger(BundledAdapter.class.getName()).log(System.Logger.Level.ERROR, "bundled tool failed", bug);
            answer.completeExceptionally(Refusal.environmentFailed("the environment failed"));
        }
    }

    @Override
    public FirstObservation reset(ObjectNode arguments, Deadline deadline) {
        requireOpen();
        ObjectNode parameters = arguments.deepCopy();
        JsonNode seed = parameters.remove("seed");
        parameters.remove("episode_id");
        try {
            BundledEnvironment.Reset first = environment.reset(seed == null ? null : seed.asLong(), parameters);
            return new FirstObservation(first.observation(), first.reward(), false, first.metadata());
        } catch (EnvironmentFailed failed) {
            throw Refusal.environmentFailed(failed.sentence());
        }
    }

    @Override
    public ObjectNode state(Deadline deadline) {
        return environment.state();
    }

    private void requireOpen() {
        if (closed) {
            throw Refusal.environmentFailed("the upstream was closed");
        }
    }

    @Override
    public boolean usable() {
        return !closed && environment.usable();
    }

    @Override
    public void close() {
        closed = true;
        running.values()
                .forEach(answer -> answer.completeExceptionally(Refusal.environmentFailed("the upstream was closed")));
        environment.close();
    }
}
