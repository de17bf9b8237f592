package dev.stepgate.policy.format;

import dev.stepgate.policy.TimeWindow;
import dev.stepgate.policy.Who;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the rules of a tool. For one file and one thread. */
final class RuleReader {
    private static final Set<String> RULE_KEYS = Set.of("id", "who", "args", "when", "window");
    private static final Set<String> WHO_KEYS = Set.of("roles", "subjects", "clients", "issuers");
    private static final Set<String> WINDOW_KEYS = Set.of("days", "hours", "tz");
    private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
    private static final Pattern HOURS =
            Pattern.compile("([01]\\d|2[0-3]):([0-5]\\d)-(([01]\\d|2[0-3]):[0-5]\\d|24:00)");

    private final YamlReader yaml;
    private final ConstraintReader constraints;
    private final List<String> lines;

    /** @param lines the lines of the file, for places inside of expressions */
    RuleReader(YamlReader yaml, List<String> lines) {
        this.yaml = yaml;
        this.constraints = new ConstraintReader(yaml);
        this.lines = lines;
    }

    /** @param ids those that the tool has so far; each is added */
    List<Rule> rules(YamlMap tool, String key, Set<String> ids) {
        List<Rule> rules = new ArrayList<>();
        for (YamlNode node : yaml.list(tool, key)) {
            YamlMap map = yaml.map(node, RULE_KEYS);
            String id = yaml.requiredString(map, "id");
            if (!ids.add(id)) {
                yaml.refuse(map.placeOf("id"), "rule `" + id + "` stands here twice", "give each rule its own id");
            }
            YamlNode who = map.entries().get("who");
            rules.add(new Rule(
                    map.place(), id, who == null ? Who.ANYONE : who(who), fields(map), when(map), window(map)));
        }
        return rules;
    }

    Who who(YamlNode node) {
        YamlMap who = yaml.map(node, WHO_KEYS);
        Who read = new Who(names(who, "roles"), names(who, "subjects"), names(who, "clients"), names(who, "issuers"));
        if (read.equals(Who.ANYONE)) {
            yaml.refuse(
                    node.place(), "`who` names nobody", "name roles, subjects, clients or issuers, or leave `who` out");
        } else {
            who.entries().forEach((key, names) -> {
                if (names instanceof YamlList list && list.items().isEmpty()) {
                    yaml.refuse(
                            who.placeOf(key),
                            "`" + key + "` is empty and so names nobody",
                            "name one, or leave it out");
                }
            });
        }
        return read;
    }

    private Set<String> names(YamlMap who, String key) {
        return Set.copyOf(yaml.strings(who, key));
    }

    private List<FieldRule> fields(YamlMap rule) {
        YamlNode args = rule.entries().get("args");
        if (args == null) {
            return List.of();
        }
        YamlMap map = yaml.anyMap(args);
        List<FieldRule> fields = new ArrayList<>();
        for (Map.Entry<String, YamlNode> entry : map.entries().entrySet()) {
            String path = entry.getKey();
            fields.add(new FieldRule(map.placeOf(path), path, constraints.constraints(entry.getValue())));
        }
        return fields;
    }

    private @Nullable WhenText when(YamlMap rule) {
        YamlNode node = rule.entries().get("when");
        return node == null ? null : WhenText.in(lines, node.place(), yaml.string(node, "`when`"));
    }

    private @Nullable TimeWindow window(YamlMap rule) {
        YamlNode node = rule.entries().get("window");
        if (node == null) {
            return null;
        }
        YamlMap map = yaml.map(node, WINDOW_KEYS);
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (YamlNode item : yaml.list(map, "days")) {
            int day = DAYS.indexOf(yaml.string(item, "an item of `days`"));
            if (day < 0) {
                yaml.refuse(item.place(), "this is no day", "valid: " + String.join(", ", DAYS));
            } else {
                days.add(DayOfWeek.of(day + 1));
            }
        }
        if (days.isEmpty()) {
            days = EnumSet.allOf(DayOfWeek.class);
        }
        LocalTime from = LocalTime.MIDNIGHT;
        LocalTime to = LocalTime.MIDNIGHT;
        Optional<String> hours = yaml.string(map, "hours");
        if (hours.isPresent()) {
            Matcher matcher = HOURS.matcher(hours.get());
            if (matcher.matches()) {
                from = LocalTime.of(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
                to = matcher.group(3).equals("24:00") ? LocalTime.MIDNIGHT : LocalTime.parse(matcher.group(3));
            } else {
                yaml.refuse(map.placeOf("hours"), "`hours` must be an interval of a day", "write \"07:00-20:00\"");
            }
        }
        return new TimeWindow(days, from, to, zone(map));
    }

    private ZoneId zone(YamlMap window) {
        String name = yaml.requiredString(window, "tz");
        try {
            return ZoneId.of(name.isEmpty() ? "UTC" : name);
        } catch (DateTimeException unknown) {
            yaml.refuse(
                    window.placeOf("tz"), "`" + name + "` is no time zone", "write one as in Europe/Berlin, or UTC");
            return ZoneId.of("UTC");
        }
    }
}
