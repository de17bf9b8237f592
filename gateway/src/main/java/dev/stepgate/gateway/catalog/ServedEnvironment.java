package dev.stepgate.gateway.catalog;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentManifest;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One environment that this gateway knows, and whether it can be used. Thread-safe; a change replaces the whole state. */
public final class ServedEnvironment {
    private final EnvironmentManifest manifest;
    private final @Nullable TaskSet tasks;
    private final AtomicReference<State> state =
            new AtomicReference<>(new State.Unavailable("it is still being started"));

    /** Whether an environment can be used. */
    public sealed interface State {

        /**
         * It can.
         *
         * @param driver the sandbox driver's name, or {@code none} where nothing runs in a process of its own
         * @param schema the {@code /schema} of the one OpenEnv environment that it is, or null where it is none or more
         */
        record Available(
                String driver,
                ToolCatalog catalog,
                @Nullable ObjectNode schema) implements State {

            /** An environment that is put together from tools. */
            public Available(String driver, ToolCatalog catalog) {
                this(driver, catalog, null);
            }
        }

        /** It can not; the reason is one sentence with the way out. */
        record Unavailable(String reason) implements State {}
    }

    /** @param tasks null where the manifest names none */
    public ServedEnvironment(EnvironmentManifest manifest, @Nullable TaskSet tasks) {
        this.manifest = manifest;
        this.tasks = tasks;
    }

    public String name() {
        return manifest.name();
    }

    public EnvironmentManifest manifest() {
        return manifest;
    }

    public Optional<TaskSet> tasks() {
        return Optional.ofNullable(tasks);
    }

    public State state() {
        return state.get();
    }

    public void become(State next) {
        state.set(next);
    }

    public boolean isAvailable() {
        return state.get() instanceof State.Available;
    }

    /** The schemas that it publishes of its own; empty where OpenEnv's schemas for tools describe it. */
    public Optional<ObjectNode> ownSchema() {
        return state.get() instanceof State.Available available
                ? Optional.ofNullable(available.schema())
                : Optional.empty();
    }

    /** Its tools; none while it is unavailable. */
    public ToolCatalog catalog() {
        return state.get() instanceof State.Available available ? available.catalog() : ToolCatalog.empty();
    }
}
