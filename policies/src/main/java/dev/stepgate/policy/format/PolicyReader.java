package dev.stepgate.policy.format;

import dev.stepgate.policy.FlowRule;
import dev.stepgate.policy.Label;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.format.Policy.Divergence;
import dev.stepgate.policy.format.Policy.Flow;
import dev.stepgate.policy.format.Policy.Overlay;
import dev.stepgate.policy.format.Policy.Pin;
import dev.stepgate.policy.format.Policy.Rest;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.StrictYaml;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import dev.stepgate.yaml.YamlRefused;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads policy files. For one file and one thread. */
public final class PolicyReader {
    private static final Set<String> FILE_KEYS =
            Set.of("policy", "env", "catalogue", "tools", "flows", "budgets", "modes", "divergence");
    private static final Set<String> TOOL_KEYS = Set.of(
            "allow", "deny", "scope", "limit", "approve", "result", "labels", "credential", "enforce", "backend");
    private static final Set<String> FLOW_KEYS = Set.of("id", "after", "and", "block", "unless");

    private final YamlReader yaml = new YamlReader();
    private final TermsReader terms = new TermsReader(yaml);
    private final RuleReader rules;

    private PolicyReader(String text) {
        this.rules = new RuleReader(yaml, text.lines().toList());
    }

    /**
     * Reads a file.
     *
     * @param file the name to be used in places
     * @throws YamlRefused with every problem of the file
     */
    public static Policy read(String file, String text) throws YamlRefused {
        YamlNode root = StrictYaml.read(file, text);
        PolicyReader reader = new PolicyReader(text);
        Policy policy = reader.policy(root, digest(text));
        reader.yaml.finish();
        return policy;
    }

    private Policy policy(YamlNode root, String digest) {
        YamlMap file = yaml.map(root, FILE_KEYS);
        YamlMap head = yaml.map(file, "policy", Set.of("name", "version"));
        YamlMap named = section(file, "tools");
        List<ToolRules> tools = new ArrayList<>();
        named.entries().forEach((key, node) -> tools.add(tool(key, named.placeOf(key), node)));
        Rest rest = new Rest(pins(file), flows(file), terms.budget(file), divergences(file));
        return new Policy(
                file.placeOf("policy"),
                yaml.requiredString(head, "name"),
                yaml.integer(head, "version", 1, 1, Integer.MAX_VALUE),
                yaml.requiredString(file, "env"),
                digest,
                tools,
                rest,
                overlays(file, named));
    }

    private YamlMap section(YamlMap file, String key) {
        YamlNode node = file.entries().get(key);
        return node == null ? new YamlMap(file.place(), Map.of(), Map.of()) : yaml.anyMap(node);
    }

    private ToolRules tool(String key, Place place, YamlNode node) {
        YamlMap map = yaml.map(node, TOOL_KEYS);
        if (key.indexOf('.') < 1 || key.endsWith(".")) {
            yaml.refuse(place, "`" + key + "` is no tool", "write `<upstream>.<tool>`");
        }
        Set<String> ids = new HashSet<>();
        return new ToolRules(
                place,
                key,
                rules.rules(map, "allow", ids),
                rules.rules(map, "deny", ids),
                terms.terms(map),
                map.keyPlaces());
    }

    private List<Pin> pins(YamlMap file) {
        YamlMap catalogue = section(file, "catalogue");
        List<Pin> pins = new ArrayList<>();
        catalogue.entries().forEach((upstream, node) -> {
            YamlMap map = yaml.map(node, Set.of("digest"));
            String digest = yaml.requiredString(map, "digest");
            if (!digest.startsWith("sha256:")) {
                yaml.refuse(map.placeOf("digest"), "`" + digest + "` is no digest", "write `sha256:<hex>`");
            }
            pins.add(new Pin(map.placeOf("digest"), upstream, digest));
        });
        return pins;
    }

    private List<Flow> flows(YamlMap file) {
        List<Flow> flows = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (YamlNode node : yaml.list(file, "flows")) {
            YamlMap map = yaml.map(node, FLOW_KEYS);
            String id = yaml.requiredString(map, "id");
            if (!ids.add(id)) {
                yaml.refuse(map.placeOf("id"), "flow rule `" + id + "` stands here twice", "give each its own id");
            }
            Set<Label> after = new HashSet<>(terms.labels(map, "after"));
            after.addAll(terms.labels(map, "and"));
            Set<Label> block = terms.labels(map, "block");
            if (after.isEmpty() || block.isEmpty()) {
                yaml.refuse(
                        map.place(),
                        "a flow rule needs `after` and `block`",
                        "write after: { reads: private }, block: { sends: external }");
            }
            boolean unless = map.entries().containsKey("unless");
            if (unless && !"approved".equals(yaml.requiredString(map, "unless"))) {
                yaml.refuse(map.placeOf("unless"), "`unless` can only be `approved`", "leave it out to block always");
            }
            flows.add(new Flow(map.place(), new FlowRule(id, after, block, unless)));
        }
        return flows;
    }

    private List<Divergence> divergences(YamlMap file) {
        List<Divergence> divergences = new ArrayList<>();
        for (YamlNode node : yaml.list(file, "divergence")) {
            YamlMap map = yaml.map(node, Set.of("tool", "reason"));
            divergences.add(
                    new Divergence(map.place(), yaml.requiredString(map, "tool"), yaml.requiredString(map, "reason")));
        }
        return divergences;
    }

    private Map<Mode, Overlay> overlays(YamlMap file, YamlMap tools) {
        YamlMap modes = yaml.map(file, "modes", Set.of(Mode.TRAINING.key(), Mode.PRODUCTION.key()));
        Map<Mode, Overlay> overlays = new EnumMap<>(Mode.class);
        for (Mode mode : Mode.values()) {
            YamlNode node = modes.entries().get(mode.key());
            if (node != null) {
                overlays.put(mode, overlay(file, tools, yaml.anyMap(node)));
            }
        }
        return overlays;
    }

    private Overlay overlay(YamlMap file, YamlMap tools, YamlMap mode) {
        OverlayMerge merge = new OverlayMerge(yaml);
        YamlMap merged = merge.tools(tools, mode);
        List<ToolRules> changed = new ArrayList<>();
        merged.entries()
                .forEach((key, node) -> changed.add(merge.withWho(
                        tool(key, tools.placeOf(key), node), mode.entries().get(key), rules)));
        return new Overlay(changed, terms.budget(merge.budgets(file, mode)));
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
