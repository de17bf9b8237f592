package dev.stepgate.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The arguments of a tool that are repeated in headers, as its schema marks them with {@code x-mcp-header} (MCP 2026-07-28,
 * basic/transports). Immutable.
 */
public final class ParamHeaders {
    public static final String PREFIX = "Mcp-Param-";

    private static final String MARK = "x-mcp-header";
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");
    private static final Set<String> TYPES = Set.of("string", "integer", "boolean");
    private static final ParamHeaders NONE = new ParamHeaders(Map.of());

    private final Map<String, List<String>> paths;

    private ParamHeaders(Map<String, List<String>> paths) {
        this.paths = paths;
    }

    /** The marks of an input schema; empty where one of them is none, and then the tool must not be offered. */
    public static Optional<ParamHeaders> of(ObjectNode schema) {
        if (schema.findValue(MARK) == null) {
            return Optional.of(NONE);
        }
        Map<String, List<String>> paths = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        int reachable = collect(schema, List.of(), paths);
        boolean all = reachable == schema.findValues(MARK).size() && reachable == paths.size();
        return all ? Optional.of(new ParamHeaders(paths)) : Optional.empty();
    }

    /** Collects what only `properties` lead to and returns how many were good; two names of one kind count twice. */
    private static int collect(JsonNode schema, List<String> path, Map<String, List<String>> paths) {
        int good = 0;
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            List<String> below = java.util.stream.Stream.concat(
                            path.stream(), java.util.stream.Stream.of(property.getKey()))
                    .toList();
            JsonNode mark = property.getValue().get(MARK);
            if (mark != null) {
                boolean name =
                        mark.isTextual() && TOKEN.matcher(mark.textValue()).matches();
                if (!name || !TYPES.contains(property.getValue().path("type").asText(""))) {
                    return -1_000_000;
                }
                paths.put(mark.textValue(), below);
                good++;
            }
            good += collect(property.getValue(), below, paths);
        }
        return good;
    }

    public boolean isEmpty() {
        return paths.isEmpty();
    }

    /** The arguments that must be in headers: their names with the prefix, and their values as the body has them. */
    public Map<String, JsonNode> values(ObjectNode arguments) {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        paths.forEach((name, path) -> {
            JsonNode value = arguments;
            for (String step : path) {
                value = value.path(step);
            }
            if (value.isValueNode() && !value.isNull()) {
                values.put(PREFIX + name, value);
            }
        });
        return values;
    }

    /** Whether a header, in lower case, mirrors an argument of this tool. */
    public boolean has(String header) {
        return header.startsWith(PREFIX.toLowerCase(Locale.ROOT))
                && paths.containsKey(header.substring(PREFIX.length()));
    }
}
