package dev.stepgate.policy.format;

import dev.stepgate.policy.Who;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.yaml.StrictYaml;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import dev.stepgate.yaml.YamlRefused;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads policy files. For one file and one thread. */
public final class PolicyReader {
    private static final Set<String> FILE_KEYS = Set.of("policy", "env", "tools");
    private static final Set<String> TOOL_KEYS = Set.of("allow", "deny");
    private static final Set<String> RULE_KEYS = Set.of("id", "who", "args");
    private static final Set<String> WHO_KEYS = Set.of("roles", "subjects");
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
            "noLeadingDash",
            "absent");

    /** Keys of the policy language that this version does not enforce yet. To pass over one would be to allow. */
    private static final Set<String> NOT_YET = Set.of(
            "catalogue",
            "flows",
            "budgets",
            "modes",
            "divergence",
            "when",
            "window",
            "scope",
            "limit",
            "approve",
            "result",
            "labels",
            "credential",
            "enforce",
            "clients",
            "issuers",
            "url",
            "sql");

    private static final int MAX_LENGTH = 100_000_000;

    private final YamlReader yaml = new YamlReader();

    private PolicyReader() {}

    /**
     * @param file the name to be used in places
     * @throws YamlRefused with every problem of the file
     */
    public static Policy read(String file, String text) throws YamlRefused {
        YamlNode root = StrictYaml.read(file, text);
        PolicyReader reader = new PolicyReader();
        Policy policy = reader.policy(root, digest(text));
        reader.yaml.finish();
        return policy;
    }

    private Policy policy(YamlNode root, String digest) {
        YamlMap file = known(root, FILE_KEYS);
        YamlMap head = yaml.map(file, "policy", Set.of("name", "version"));
        List<ToolRules> tools = new ArrayList<>();
        YamlNode named = file.entries().get("tools");
        if (named != null) {
            yaml.anyMap(named).entries().forEach((key, rules) -> tools.add(tool(key, rules, named)));
        }
        return new Policy(
                file.placeOf("policy"),
                yaml.requiredString(head, "name"),
                yaml.integer(head, "version", 1, 1, Integer.MAX_VALUE),
                yaml.requiredString(file, "env"),
                digest,
                tools);
    }

    private ToolRules tool(String key, YamlNode node, YamlNode tools) {
        YamlMap map = known(node, TOOL_KEYS);
        var place = ((YamlMap) tools).placeOf(key);
        if (key.indexOf('.') < 1 || key.endsWith(".")) {
            yaml.refuse(place, "`" + key + "` is no tool", "write `<upstream>.<tool>`");
        }
        Set<String> ids = new HashSet<>();
        return new ToolRules(place, key, rules(map, "allow", ids), rules(map, "deny", ids));
    }

    private List<Rule> rules(YamlMap tool, String key, Set<String> ids) {
        List<Rule> rules = new ArrayList<>();
        for (YamlNode node : yaml.list(tool, key)) {
            YamlMap map = known(node, RULE_KEYS);
            String id = yaml.requiredString(map, "id");
            if (!ids.add(id)) {
                yaml.refuse(map.placeOf("id"), "rule `" + id + "` stands here twice", "give each rule its own id");
            }
            rules.add(new Rule(map.place(), id, who(map), fields(map)));
        }
        return rules;
    }

    private Who who(YamlMap rule) {
        YamlNode node = rule.entries().get("who");
        if (node == null) {
            return Who.ANYONE;
        }
        YamlMap who = known(node, WHO_KEYS);
        Set<String> roles = Set.copyOf(yaml.strings(who, "roles"));
        Set<String> subjects = Set.copyOf(yaml.strings(who, "subjects"));
        if (roles.isEmpty() && subjects.isEmpty()) {
            yaml.refuse(node.place(), "`who` names nobody", "name roles or subjects, or leave `who` out");
        }
        return new Who(roles, subjects);
    }

    private List<FieldRule> fields(YamlMap rule) {
        YamlNode args = rule.entries().get("args");
        if (args == null) {
            return List.of();
        }
        YamlMap map = yaml.anyMap(args);
        List<FieldRule> fields = new ArrayList<>();
        map.entries().forEach((path, node) -> fields.add(new FieldRule(map.placeOf(path), path, constraints(node))));
        return fields;
    }

    private List<Constraint> constraints(YamlNode node) {
        YamlMap map = known(node, CONSTRAINTS);
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
            case "noLeadingDash" -> flag(map, key, new Constraint.NoLeadingDash(key));
            case "absent" -> flag(map, key, new Constraint.Absent(key));
            default -> Optional.empty();
        };
    }

    private Optional<Constraint> flag(YamlMap map, String key, Constraint constraint) {
        if (!yaml.bool(map, key, false)) {
            yaml.refuse(map.placeOf(key), "`" + key + "` can only be true", "leave it out");
        }
        return Optional.of(constraint);
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

    /** A mapping of known keys, which says of a key that is only not enforced yet that it is that. */
    private YamlMap known(YamlNode node, Set<String> keys) {
        YamlMap map = yaml.anyMap(node);
        Set<String> all = new HashSet<>(keys);
        for (String key : map.entries().keySet()) {
            if (NOT_YET.contains(key) && !keys.contains(key)) {
                all.add(key);
                yaml.refuse(
                        map.placeOf(key),
                        "`" + key + "` is not enforced by this version, so a policy that needs it is not loaded",
                        "remove it");
            }
        }
        return yaml.map(map, all);
    }

    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
