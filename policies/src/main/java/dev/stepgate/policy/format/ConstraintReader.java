package dev.stepgate.policy.format;

import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what a rule asks of one argument. For one file and one thread. */
final class ConstraintReader {
    private static final Set<String> CONSTRAINTS = Set.of(
            "const",
            "in",
            "not",
            "min",
            "max",
            "maxLength",
            "maxItems",
            "pattern",
            "within",
            "url",
            "sql",
            "noLeadingDash",
            "absent");

    private static final Set<String> URL_KEYS = Set.of("schemes", "hosts", "ports");
    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*");
    private static final Pattern HOST = Pattern.compile(
            "\\*|(\\*\\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\\[[0-9a-f:.]+\\]");
    private static final int MAX_LENGTH = 100_000_000;
    private static final int MAX_PORT = 65_535;

    private final YamlReader yaml;

    ConstraintReader(YamlReader yaml) {
        this.yaml = yaml;
    }

    List<Constraint> constraints(YamlNode node) {
        YamlMap map = yaml.map(node, CONSTRAINTS);
        List<Constraint> constraints = new ArrayList<>();
        for (Map.Entry<String, YamlNode> entry : map.entries().entrySet()) {
            constraint(map, entry.getKey(), entry.getValue()).ifPresent(constraints::add);
        }
        if (map.entries().isEmpty()) {
            yaml.refuse(node.place(), "no constraint stands here", "name one, or leave the argument out");
        }
        return constraints;
    }

    private Optional<Constraint> constraint(YamlMap map, String key, YamlNode node) {
        return switch (key) {
            case "const" -> Optional.of(new Constraint.OneOf(key, listOf(node.plain())));
            case "in" -> Optional.of(new Constraint.OneOf(key, values(node, key)));
            case "not" ->
                Optional.of(new Constraint.NoneOf(
                        key, node instanceof YamlList ? values(node, key) : listOf(node.plain())));
            case "min" -> yaml.decimal(map, key).map(value -> new Constraint.Min(key, value));
            case "max" -> yaml.decimal(map, key).map(value -> new Constraint.Max(key, value));
            case "maxLength" ->
                Optional.of(new Constraint.MaxLength(key, (int) yaml.integer(map, key, 0, 0, MAX_LENGTH)));
            case "maxItems" ->
                Optional.of(new Constraint.MaxItems(key, (int) yaml.integer(map, key, 0, 0, MAX_LENGTH)));
            case "pattern" -> Optional.of(new Constraint.Pattern(key, yaml.string(node, "`pattern`")));
            case "within" -> Optional.of(new Constraint.Within(key, yaml.string(node, "`within`")));
            case "url" -> Optional.of(url(node));
            case "sql" -> sql(map, node);
            case "noLeadingDash" ->
                yaml.bool(map, key, true) ? Optional.of(new Constraint.NoLeadingDash(key)) : Optional.empty();
            case "absent" -> absent(map);
            default -> Optional.empty();
        };
    }

    private Optional<Constraint> absent(YamlMap map) {
        if (!yaml.bool(map, "absent", false)) {
            yaml.refuse(map.placeOf("absent"), "`absent` can only be true", "leave it out");
        }
        return Optional.of(new Constraint.Absent("absent"));
    }

    private Optional<Constraint> sql(YamlMap map, YamlNode node) {
        if (!"read-only".equals(node.plain())) {
            yaml.refuse(map.placeOf("sql"), "`sql` can only be `read-only`", "write `sql: read-only`");
        }
        return Optional.of(new Constraint.Sql("sql"));
    }

    private Constraint url(YamlNode node) {
        YamlMap map = yaml.map(node, URL_KEYS);
        List<String> schemes = words(map, "schemes", SCHEME, "a scheme in lower case, as in https");
        List<String> hosts = words(map, "hosts", HOST, "a host in lower case, as in docs.example or *.example");
        List<Integer> ports = new ArrayList<>();
        for (YamlNode item : yaml.list(map, "ports")) {
            if (item.plain() instanceof Long port && port > 0 && port <= MAX_PORT) {
                ports.add(port.intValue());
            } else {
                yaml.refuse(item.place(), "this is no port", "write a number from 1 to " + MAX_PORT);
            }
        }
        return new Constraint.Url("url", schemes, hosts, List.copyOf(ports));
    }

    private List<String> words(YamlMap url, String key, Pattern form, String help) {
        List<String> words = new ArrayList<>();
        for (YamlNode item : yaml.list(url, key)) {
            String word = yaml.string(item, "an item of `" + key + "`");
            if (!form.matcher(word).matches()) {
                yaml.refuse(item.place(), "`" + word + "` can stand for no URL", "write " + help);
            }
            words.add(word);
        }
        if (words.isEmpty()) {
            yaml.refuse(url.placeOf(key), "`url` names no `" + key + "`", "write " + help);
        }
        return List.copyOf(words);
    }

    private List<@Nullable Object> values(YamlNode node, String key) {
        if (node instanceof YamlList list && !list.items().isEmpty()) {
            List<@Nullable Object> values = new ArrayList<>();
            list.items().forEach(item -> values.add(item.plain()));
            return values;
        }
        yaml.refuse(node.place(), "`" + key + "` must be a list of at least one value", "");
        return List.of();
    }

    private static List<@Nullable Object> listOf(@Nullable Object value) {
        List<@Nullable Object> one = new ArrayList<>();
        one.add(value);
        return one;
    }
}
