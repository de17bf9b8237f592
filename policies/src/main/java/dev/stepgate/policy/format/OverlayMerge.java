package dev.stepgate.policy.format;

import dev.stepgate.policy.Who;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lays a mode over a policy, key by key. A mode may change how calls are made and by whom, never what the interface is: tools,
 * arguments, conditions and texts are the same in every mode.
 */
final class OverlayMerge {
    private static final Set<String> MAY_CHANGE =
            Set.of("backend", "credential", "who", "limit", "approve", "result", "enforce");

    private final YamlReader yaml;

    OverlayMerge(YamlReader yaml) {
        this.yaml = yaml;
    }

    /** All tools, with what the mode says of them. */
    YamlMap tools(YamlMap tools, YamlMap mode) {
        Map<String, YamlNode> merged = new LinkedHashMap<>(tools.entries());
        for (Map.Entry<String, YamlNode> entry : mode.entries().entrySet()) {
            String key = entry.getKey();
            if (key.equals("budgets")) {
                continue;
            }
            YamlNode base = tools.entries().get(key);
            if (base == null) {
                yaml.refuse(
                        mode.placeOf(key),
                        "the overlay speaks of `" + key + "`, which `tools` does not",
                        Problem.nearest(key, tools.entries().keySet()));
            } else {
                merged.put(key, tool(yaml.anyMap(base), yaml.anyMap(entry.getValue())));
            }
        }
        return new YamlMap(tools.place(), merged, tools.keyPlaces());
    }

    private YamlMap tool(YamlMap base, YamlMap overlay) {
        Map<String, YamlNode> entries = new LinkedHashMap<>(base.entries());
        Map<String, Place> places = new HashMap<>(base.keyPlaces());
        overlay.entries().forEach((key, node) -> {
            if (!MAY_CHANGE.contains(key)) {
                yaml.refuse(
                        overlay.placeOf(key),
                        "a mode may not change `" + key + "`",
                        "it may change: " + String.join(", ", new java.util.TreeSet<>(MAY_CHANGE)));
                return;
            }
            if (key.equals("result")) {
                yaml.map(node, Set.of("redact"));
            }
            if (!key.equals("who")) {
                entries.put(key, over(entries.get(key), node));
                places.put(key, overlay.placeOf(key));
            }
        });
        return new YamlMap(base.place(), entries, places);
    }

    /** One level deep: what the overlay does not name stays. */
    private static YamlNode over(@Nullable YamlNode base, YamlNode overlay) {
        if (!(base instanceof YamlMap below) || !(overlay instanceof YamlMap above)) {
            return overlay;
        }
        Map<String, YamlNode> entries = new LinkedHashMap<>(below.entries());
        entries.putAll(above.entries());
        Map<String, Place> places = new HashMap<>(below.keyPlaces());
        places.putAll(above.keyPlaces());
        return new YamlMap(above.place(), entries, places);
    }

    /** A file that has only the budgets that hold in the mode. */
    YamlMap budgets(YamlMap file, YamlMap mode) {
        YamlNode base = file.entries().get("budgets");
        YamlNode above = mode.entries().get("budgets");
        Map<String, YamlNode> entries = new HashMap<>();
        if (base instanceof YamlMap below && above instanceof YamlMap overlay) {
            YamlNode numbers = overlay.entries().get("perEpisode");
            entries.put(
                    "budgets",
                    numbers == null
                            ? overlay
                            : new YamlMap(
                                    overlay.place(),
                                    Map.of("perEpisode", over(below.entries().get("perEpisode"), numbers)),
                                    overlay.keyPlaces()));
            yaml.map(overlay, Set.of("perEpisode"));
        } else if (above != null || base != null) {
            entries.put("budgets", above == null ? base : above);
        }
        return new YamlMap(file.place(), entries, file.keyPlaces());
    }

    /** The rules for whom the mode names others; they are named by their ids. */
    ToolRules withWho(ToolRules tool, @Nullable YamlNode overlay, RuleReader reader) {
        YamlNode node = overlay instanceof YamlMap map ? map.entries().get("who") : null;
        if (node == null) {
            return tool;
        }
        YamlMap who = yaml.anyMap(node);
        Set<String> ids = new HashSet<>();
        tool.allow().forEach(rule -> ids.add(rule.id()));
        tool.deny().forEach(rule -> ids.add(rule.id()));
        Map<String, Who> changed = new HashMap<>();
        who.entries().forEach((id, callers) -> {
            if (!ids.contains(id)) {
                yaml.refuse(who.placeOf(id), "the tool has no rule `" + id + "`", Problem.nearest(id, ids));
            }
            changed.put(id, reader.who(callers));
        });
        return new ToolRules(
                tool.place(),
                tool.key(),
                changed(tool.allow(), changed),
                changed(tool.deny(), changed),
                tool.terms(),
                tool.places());
    }

    private static List<Rule> changed(List<Rule> rules, Map<String, Who> changed) {
        return rules.stream()
                .map(rule -> new Rule(
                        rule.place(),
                        rule.id(),
                        changed.getOrDefault(rule.id(), rule.who()),
                        rule.fields(),
                        rule.when(),
                        rule.window()))
                .toList();
    }
}
