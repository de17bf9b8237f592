package dev.stepgate.gateway.catalog;

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
         */
        record Available(String driver, ToolCatalog catalog) implements State {}

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

    /** Its tools; none while it is unavailable. */
    public ToolCatalog catalog() {
        return state.get() instanceof State.Available available ? available.catalog() : ToolCatalog.empty();
    }
}
