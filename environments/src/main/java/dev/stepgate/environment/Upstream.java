package dev.stepgate.environment;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A tool server of an environment, as its manifest names it. */
public sealed interface Upstream {

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
     */
    record Stdio(
            String name,
            Visible visible,
            String command,
            List<String> args,
            Map<String, String> env,
            @Nullable Packages packages)
            implements Upstream {}

    /** An MCP server that runs elsewhere and speaks Streamable HTTP. */
    record Http(String name, Visible visible, URI url) implements Upstream {}

    /** Tools that come with the gateway. */
    record Builtin(String name, Visible visible, String builtin) implements Upstream {}

    /**
     * Installed files that a program needs.
     *
     * @param folder the folder on this machine
     * @param install the command that makes it, for the message that says it is missing
     */
    record Packages(Path folder, String install) {}

    /**
     * The names that agents see.
     *
     * @param template a name with {@code {tool}} for the upstream's own, for example {@code fs_{tool}}
     * @param aliases the names of single tools, which go before the template
     */
    record Visible(String template, Map<String, String> aliases) {
        public static final Visible UNCHANGED = new Visible("{tool}", Map.of());

        public String nameOf(String tool) {
            String alias = aliases.get(tool);
            return alias == null ? template.replace("{tool}", tool) : alias;
        }
    }
}
