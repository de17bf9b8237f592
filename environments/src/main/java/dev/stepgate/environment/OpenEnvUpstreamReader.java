package dev.stepgate.environment;

import dev.stepgate.environment.Upstream.Action;
import dev.stepgate.environment.Upstream.Packages;
import dev.stepgate.environment.Upstream.Visible;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the key {@code openenv} of an upstream. For one file and thread. */
final class OpenEnvUpstreamReader {
    private static final Set<String> KEYS = Set.of("url", "command", "args", "env", "port", "warm", "actions");
    private static final List<String> OF_A_COMMAND = List.of("args", "env", "port", "warm");
    private static final Pattern TOOL = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final int USUAL_PORT = 8_000;

    private final YamlReader yaml;
    private final BiFunction<YamlMap, String, Optional<URI>> url;

    /** @param url reads the address under a key, or refuses it */
    OpenEnvUpstreamReader(YamlReader yaml, BiFunction<YamlMap, String, Optional<URI>> url) {
        this.yaml = yaml;
        this.url = url;
    }

    Optional<Upstream> read(String name, Visible visible, YamlMap upstream, @Nullable Packages packages) {
        YamlMap map = yaml.map(upstream, "openenv", KEYS);
        boolean remote = map.entries().containsKey("url");
        if (remote == map.entries().containsKey("command")) {
            yaml.refuse(upstream.placeOf("openenv"), "`openenv` has exactly one of url and command", "");
            return Optional.empty();
        }
        List<Action> actions = actions(map);
        if (remote) {
            OF_A_COMMAND.stream()
                    .filter(map.entries()::containsKey)
                    .forEach(key -> yaml.refuse(
                            map.placeOf(key), "`" + key + "` belongs to a server that is started by `command`", ""));
            return url.apply(map, "url").map(address -> new Upstream.OpenEnvRemote(name, visible, address, actions));
        }
        return Optional.of(new Upstream.OpenEnvServer(
                name,
                visible,
                yaml.requiredString(map, "command"),
                yaml.strings(map, "args"),
                yaml.stringMap(map, "env"),
                packages,
                (int) yaml.integer(map, "port", USUAL_PORT, 1, 65_535),
                (int) yaml.integer(map, "warm", 1, 0, Upstream.MOST_WARM),
                actions));
    }

    private List<Action> actions(YamlMap map) {
        List<Action> actions = new ArrayList<>();
        YamlNode node = map.entries().get("actions");
        if (node != null) {
            YamlMap named = yaml.anyMap(node);
            named.entries().forEach((tool, value) -> {
                if (!TOOL.matcher(tool).matches()) {
                    yaml.refuse(named.placeOf(tool), "a tool's name must match " + TOOL.pattern(), "");
                }
                YamlMap action = yaml.map(value, Set.of("description", "fixed"));
                actions.add(new Action(
                        tool, yaml.string(action, "description").orElse(""), yaml.stringMap(action, "fixed")));
            });
        }
        return actions;
    }
}
