package dev.stepgate.gateway.catalog;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentManifest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One environment that this gateway knows, and whether it can be used. Thread-safe; a change replaces the whole state. */
public final class ServedEnvironment {
    private final EnvironmentManifest manifest;
    private final @Nullable TaskSet tasks;
    private final Map<String, String> quarantined = new ConcurrentHashMap<>();
    private final AtomicReference<State> state =
            new AtomicReference<>(new State.Unavailable("it is still being started"));

    /** Whether an environment can be used. */
    public sealed interface State {

        /**
         * It can.
         *
         * @param driver the sandbox driver's name, or {@code none} where nothing runs in a process of its own
         * @param schema the {@code /schema} of the one OpenEnv environment that it is, or null where it is none or more
         * @param capabilities what agents are offered beside tools, as MCP's {@code ServerCapabilities}
         * @param missing why upstreams could not be reached, by their names; there is at least one other
         * @param withheld why tools are not offered, by policy key
         */
        record Available(
                String driver,
                ToolCatalog catalog,
                @Nullable ObjectNode schema,
                ObjectNode capabilities,
                Map<String, String> missing,
                Map<String, String> withheld)
                implements State {
            public Available {
                missing = Map.copyOf(missing);
                withheld = Map.copyOf(withheld);
            }

            /** An environment that is put together from tools and offers nothing else. */
            public Available(String driver, ToolCatalog catalog) {
                this(driver, catalog, null, JsonNodeFactory.instance.objectNode(), Map.of(), Map.of());
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

    /** What it offers beside tools; nothing while it is unavailable. */
    public ObjectNode capabilities() {
        return state.get() instanceof State.Available available
                ? available.capabilities()
                : JsonNodeFactory.instance.objectNode();
    }

    /** Has no call of a tool made any more, because its upstream says something else of it than before. */
    public void quarantine(CatalogEntry tool, String reason) {
        if (quarantined.putIfAbsent(tool.visibleName(), reason) == null) {
            System.getLogger(ServedEnvironment.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "tool=quarantined environment={0} tool={1} reason={2}",
                            name(),
                            tool.visibleName(),
                            reason);
        }
    }

    public boolean isQuarantined(CatalogEntry tool) {
        return quarantined.containsKey(tool.visibleName());
    }

    /** The tools that are quarantined, and why. */
    public Map<String, String> quarantined() {
        return Map.copyOf(quarantined);
    }

    /** The digest of what agents see of it; none while it is unavailable. */
    public Optional<String> interfaceDigest() {
        return isAvailable() ? Optional.of(catalog().digest()) : Optional.empty();
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
