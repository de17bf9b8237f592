package dev.stepgate.policy.compile;

import dev.stepgate.policy.Mode;
import dev.stepgate.policy.Surroundings;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tools of an environment as a file, so that policies can be checked and tested where no environment runs:
 * {@code {"credentials": […], "upstreams": {"<name>": {"pin": "sha256:…", "tools": […]}}}}, where {@code tools} is what the
 * upstream answers to {@code tools/list}.
 */
public final class CatalogueFile {
    private static final long MAX_BYTES = 16L * 1024 * 1024;

    private CatalogueFile() {}

    /** The file that lies beside a policy: {@code swe.tools.json} beside {@code swe.yaml}. */
    public static Path beside(Path policy) {
        String name = String.valueOf(policy.getFileName()).replaceAll("(\\.test)?\\.yaml$", "");
        return policy.resolveSibling(name + ".tools.json");
    }

    /**
     * Reads a file.
     *
     * @throws YamlRefused when it cannot be read or is of another form
     */
    public static EnvironmentFacts read(Path file, String environment, Mode mode) throws YamlRefused {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw refused(file, "the file has more than 16 MiB", "leave tools out that no policy names");
            }
            return facts(PlainJson.parse(Files.readString(file)), environment, mode);
        } catch (IOException unreadable) {
            throw refused(file, "the tools of the environment cannot be read", "name a file with --tools");
        } catch (IllegalArgumentException malformed) {
            throw refused(file, String.valueOf(malformed.getMessage()), "write {\"upstreams\": {…}}");
        }
    }

    private static EnvironmentFacts facts(Map<String, @Nullable Object> root, String environment, Mode mode) {
        List<CatalogTool> tools = new ArrayList<>();
        Map<String, String> pins = new HashMap<>();
        object(root.get("upstreams")).forEach((upstream, described) -> {
            Map<String, @Nullable Object> map = object(described);
            if (map.get("pin") instanceof String pin) {
                pins.put(upstream, pin);
            }
            for (Object tool : list(map.get("tools"))) {
                Map<String, @Nullable Object> definition = object(tool);
                Object output = definition.get("outputSchema");
                tools.add(new CatalogTool(
                        upstream,
                        String.valueOf(definition.get("name")),
                        PlainJson.text(definition.get("inputSchema")),
                        output == null ? null : PlainJson.text(output)));
            }
        });
        Set<String> credentials = new HashSet<>();
        list(root.get("credentials")).forEach(name -> credentials.add(String.valueOf(name)));
        return new EnvironmentFacts(new Surroundings(environment, mode, Map.of()), tools, pins, credentials);
    }

    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("an object is missing where one was expected");
        }
        Map<String, @Nullable Object> entries = new HashMap<>();
        map.forEach((key, one) -> entries.put(String.valueOf(key), one));
        return entries;
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static YamlRefused refused(Path file, String message, String help) {
        return new YamlRefused(List.of(new Problem(new Place(file.toString(), 1, 1), message, help)));
    }
}
