package dev.stepgate.environment;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tool server of an environment, as its manifest names it. */
public sealed interface Upstream {

    /** Servers of one upstream that may be kept started. */
    int MOST_WARM = 64;

    /** The manifest's name for it. */
    String name();

    Visible visible();

    /**
     * An MCP server that speaks on its standard streams, one process for each run of an episode.
     *
     * @param command a program, looked up on the gateway's PATH
     * @param args its arguments; {@code {packages}} stands for the folder that holds the packages folder
     * @param env its environment variables, besides the few that every sandbox sets
     * @param packages files it needs, mounted read-only; or null
     * @param warm how many servers are kept started for the runs to come, where no credential is given to it at its start
     */
    record Stdio(
            String name,
            Visible visible,
            String command,
            List<String> args,
            Map<String, String> env,
            @Nullable Packages packages,
            int warm)
            implements Upstream {}

    /** An MCP server that runs elsewhere and speaks Streamable HTTP. */
    record Http(String name, Visible visible, URI url) implements Upstream {}

    /** An OpenEnv environment server that runs elsewhere; its own reset, rewards and state reach the trainer. */
    record OpenEnvRemote(String name, Visible visible, URI url, List<Action> actions) implements Upstream {
        public OpenEnvRemote {
            actions = List.copyOf(actions);
        }
    }

    /**
     * An OpenEnv environment server that is started in a sandbox, one for each run of an episode.
     *
     * @param command a program, looked up on the gateway's PATH
     * @param args its arguments; {@code {packages}} stands for the folder that holds the packages folder, {@code {port}} for
     *     the port to listen on
     * @param env its environment variables, besides the few that every sandbox sets; with the same two words
     * @param packages files it needs, mounted read-only; or null
     * @param port where it listens on loopback, 1 to 65535
     * @param warm how many servers are kept started for the runs to come
     */
    record OpenEnvServer(
            String name,
            Visible visible,
            String command,
            List<String> args,
            Map<String, String> env,
            @Nullable Packages packages,
            int port,
            int warm,
            List<Action> actions)
            implements Upstream {
        public OpenEnvServer {
            actions = List.copyOf(actions);
        }
    }

    /**
     * Tools that come with the gateway.
     *
     * @param builtin which, one of {@link #NAMES}
     * @param folder the manifest's, where the environment finds its own files
     */
    record Builtin(String name, Visible visible, String builtin, Path folder) implements Upstream {
        private static final String WORKSPACE = "workspace";
        public static final Set<String> NAMES = Set.of("echo", WORKSPACE);

        /** Whether it is the one that works in a sandbox and has tasks. */
        private boolean isWorkspace() {
            return builtin.equals(WORKSPACE);
        }
    }

    /**
     * The tool by which agents take a native action of an OpenEnv environment.
     *
     * @param tool the upstream's own name for the tool
     * @param description what agents read of it; empty: the action's own
     * @param fixed fields of the action, text each, that choose this tool and that agents do not send
     */
    record Action(String tool, String description, Map<String, String> fixed) {}

    /** The tools for native actions; empty where there are none. */
    default List<Action> actions() {
        return List.of();
    }

    /** Whether it is an OpenEnv environment, which has its own reset, reward and state. */
    default boolean isOpenEnv() {
        return switch (this) {
            case OpenEnvRemote _, OpenEnvServer _ -> true;
            case Stdio _, Http _, Builtin _ -> false;
        };
    }

    /** Names that a reset may bring and that this upstream uses, besides the seed and the episode's id. */
    default Set<String> resetArguments() {
        return this instanceof Builtin builtin && builtin.isWorkspace() ? Set.of("split", "index") : Set.of();
    }

    /** Whether it is a process of our own, and so runs in a sandbox. */
    default boolean isStarted() {
        return switch (this) {
            case Stdio _, OpenEnvServer _ -> true;
            case Builtin builtin -> builtin.isWorkspace();
            case Http _, OpenEnvRemote _ -> false;
        };
    }

    /** Whether it runs elsewhere and serves others as well. */
    default boolean isElsewhere() {
        return switch (this) {
            case Http _, OpenEnvRemote _ -> true;
            case Stdio _, OpenEnvServer _, Builtin _ -> false;
        };
    }

    /**
     * Installed files that a program needs.
     *
     * @param folder the folder on this machine
     * @param install the command that makes it, for the message that says it is missing
     */
    record Packages(Path folder, String install) {}

    /**
     * What agents see of it.
     *
     * @param template a name with {@code {tool}} for the upstream's own, for example {@code fs_{tool}}
     * @param aliases the names of single tools, which go before the template
     * @param passes what passes beside tools
     * @param pins the digests of its tools, by the upstream's own names; empty where nothing is pinned
     * @param revision the revision of MCP to speak with it, or null to find out
     */
    record Visible(
            String template,
            Map<String, String> aliases,
            Set<Passage> passes,
            Map<String, String> pins,
            @Nullable String revision) {
        public static final Visible UNCHANGED = new Visible("{tool}", Map.of());

        public Visible {
            aliases = Map.copyOf(aliases);
            passes = Set.copyOf(passes);
            pins = Map.copyOf(pins);
        }

        /** Tools and nothing else, none of them pinned. */
        public Visible(String template, Map<String, String> aliases) {
            this(template, aliases, Set.of(), Map.of(), null);
        }

        public String nameOf(String tool) {
            String alias = aliases.get(tool);
            return alias == null ? template.replace("{tool}", tool) : alias;
        }
    }
}
