package dev.stepgate.environment;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stepgate.environment.Reward.Charged;
import dev.stepgate.environment.Reward.Costs;
import dev.stepgate.environment.Reward.Mode;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlNode.YamlScalar;
import dev.stepgate.yaml.YamlReader;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads what a manifest says of rewards. For one manifest and thread. */
final class RewardReader {
    private static final Set<String> KINDS =
            Set.of("upstream", "result", "verifier", "weighted_sum", "gate", "sequence", "trajectory");

    private static final double SUM_TOLERANCE = 1e-6;
    private static final double MOST = 1e9;
    private static final Duration LONGEST = Duration.ofSeconds(Rubric.Verifier.MOST_SECONDS);
    private static final int MOST_RUBRICS = 128;
    private static final int DEEPEST = 8;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final YamlReader yaml;
    private final Set<String> upstreams;
    private final Set<String> workspaces;
    private final Function<YamlMap, Upstream.@Nullable Packages> packages;
    private int rubrics;

    /** @param packages reads those of a map that names some */
    RewardReader(YamlReader yaml, List<Upstream> upstreams, Function<YamlMap, Upstream.@Nullable Packages> packages) {
        this.yaml = yaml;
        this.packages = packages;
        this.upstreams = upstreams.stream().map(Upstream::name).collect(Collectors.toSet());
        this.workspaces = upstreams.stream()
                .filter(upstream -> upstream instanceof Upstream.Stdio || upstream instanceof Upstream.OpenEnvServer)
                .map(Upstream::name)
                .collect(Collectors.toSet());
    }

    /** Null where the manifest says nothing: then what an upstream gives is passed on as it is. */
    @Nullable
    Reward read(YamlMap stepgate) {
        if (!stepgate.entries().containsKey("reward")) {
            return null;
        }
        YamlMap map = yaml.map(stepgate, "reward", Set.of("mode", "range", "upstreams", "rubric", "costs", "ends"));
        YamlMap range = yaml.map(map, "range", Set.of("min", "max"));
        double lowest = number(range, "min", -MOST, -MOST, MOST);
        YamlNode rubric = map.entries().get("rubric");
        return new Reward(
                yaml.word(map, "mode", Mode.class, Mode.DELTA),
                lowest,
                number(range, "max", MOST, lowest, MOST),
                cumulative(map),
                rubric == null ? new Rubric.Given(null) : rubric(rubric, 1),
                costs(map),
                ends(map));
    }

    private Set<String> ends(YamlMap reward) {
        Set<String> ends = new HashSet<>();
        for (YamlNode item : yaml.list(reward, "ends")) {
            ends.add(tool(yaml.string(item, "a tool"), item));
        }
        return ends;
    }

    private Set<String> cumulative(YamlMap reward) {
        YamlMap given = yaml.map(reward, "upstreams", upstreams);
        Set<String> cumulative = given.entries().keySet().stream()
                .filter(name -> yaml.word(given, name, Given.class, Given.DELTA) == Given.CUMULATIVE)
                .collect(Collectors.toSet());
        if (cumulative.size() > 1) {
            yaml.refuse(
                    reward.placeOf("upstreams"),
                    "more than one upstream gives cumulative rewards",
                    "they start from the reward of a reset, which is one for all upstreams");
        }
        return cumulative;
    }

    private enum Given {
        DELTA,
        CUMULATIVE
    }

    private Costs costs(YamlMap reward) {
        YamlMap map = yaml.map(reward, "costs", Set.of("step", "tools", "outcomes"));
        Map<String, Double> tools = new HashMap<>();
        YamlNode given = map.entries().get("tools");
        if (given != null) {
            YamlMap charged = yaml.anyMap(given);
            for (String tool : charged.entries().keySet()) {
                tools.put(tool(tool, charged.entries().get(tool)), number(charged, tool, 0, 0, MOST));
            }
        }
        Map<String, Charged> byName = Stream.of(Charged.values())
                .collect(Collectors.toMap(outcome -> outcome.name().toLowerCase(Locale.ROOT), outcome -> outcome));
        YamlMap outcomes = yaml.map(map, "outcomes", byName.keySet());
        Map<Charged, Double> failures = new EnumMap<>(Charged.class);
        byName.forEach((name, outcome) -> {
            if (outcomes.entries().containsKey(name)) {
                failures.put(outcome, number(outcomes, name, 0, 0, MOST));
            }
        });
        return new Costs(number(map, "step", 0, 0, MOST), tools, failures);
    }

    private Rubric rubric(YamlNode node, int depth) {
        YamlMap map = yaml.map(node, KINDS);
        if (map.entries().size() != 1) {
            if (!yaml.hasProblems()) {
                yaml.refuse(
                        node.place(),
                        "a rubric is exactly one of upstream, result, verifier, weighted_sum, gate, sequence and trajectory",
                        "");
            }
            return new Rubric.Given(null);
        }
        if (depth > DEEPEST || ++rubrics > MOST_RUBRICS) {
            yaml.refuse(
                    node.place(),
                    "a rubric has at most " + MOST_RUBRICS + " parts, " + DEEPEST + " deep",
                    "leave some out");
            return new Rubric.Given(null);
        }
        return switch (map.entries().keySet().iterator().next()) {
            case "upstream" -> given(map);
            case "result" -> result(map);
            case "verifier" -> verifier(map);
            case "weighted_sum" -> weightedSum(map, depth);
            case "gate" -> gate(map, depth);
            case "sequence" -> sequence(map, depth);
            default -> trajectory(map, depth);
        };
    }

    private Rubric given(YamlMap map) {
        String name = yaml.requiredString(map, "upstream");
        requireUpstream(name, map.entries().get("upstream"));
        return new Rubric.Given(name);
    }

    private Rubric result(YamlMap map) {
        YamlMap result = yaml.map(map, "result", Set.of("tool", "at", "equals"));
        String tool = yaml.requiredString(result, "tool");
        YamlNode named = result.entries().get("tool");
        if (named != null) {
            tool(tool, named);
        }
        String at = yaml.requiredString(result, "at");
        JsonPointer pointer = JsonPointer.empty();
        try {
            pointer = JsonPointer.compile(at);
        } catch (IllegalArgumentException malformed) {
            yaml.refuse(result.placeOf("at"), "`at` must be a pointer into the result", "as /structuredContent/score");
        }
        return new Rubric.Result(tool, pointer, expected(result));
    }

    private Rubric verifier(YamlMap map) {
        YamlMap verifier =
                yaml.map(map, "verifier", Set.of("workspace", "command", "args", "env", "packages", "timeout"));
        String workspace = yaml.requiredString(verifier, "workspace");
        YamlNode named = verifier.entries().get("workspace");
        if (named != null && !workspaces.contains(workspace)) {
            yaml.refuse(
                    named.place(),
                    "there is no upstream `" + workspace + "` that is started here",
                    Problem.nearest(workspace, workspaces));
        }
        return new Rubric.Verifier(
                workspace,
                yaml.requiredString(verifier, "command"),
                yaml.strings(verifier, "args"),
                yaml.stringMap(verifier, "env"),
                packages.apply(verifier),
                yaml.duration(verifier, "timeout", LONGEST, LONGEST));
    }

    private @Nullable JsonNode expected(YamlMap result) {
        YamlNode node = result.entries().get("equals");
        if (node == null) {
            return null;
        }
        if (node instanceof YamlScalar scalar && scalar.value() != null) {
            return JSON.valueToTree(scalar.value());
        }
        yaml.refuse(node.place(), "`equals` must be a string, a number or a boolean, not " + node.kind(), "");
        return null;
    }

    private Rubric weightedSum(YamlMap map, int depth) {
        List<Rubric.Part> parts = new ArrayList<>();
        for (YamlNode item : items(map, "weighted_sum")) {
            YamlMap part = yaml.map(item, Set.of("weight", "rubric"));
            parts.add(new Rubric.Part(number(part, "weight", -1, 0, 1), inner(part, depth)));
        }
        double sum = parts.stream().mapToDouble(Rubric.Part::weight).sum();
        if (Math.abs(sum - 1) > SUM_TOLERANCE || parts.stream().anyMatch(part -> part.weight() <= 0)) {
            yaml.refuse(map.placeOf("weighted_sum"), "the weights must each be over 0, and together 1", "");
        }
        return new Rubric.WeightedSum(parts);
    }

    private Rubric gate(YamlMap map, int depth) {
        YamlMap gate = yaml.map(map, "gate", Set.of("threshold", "rubric"));
        return new Rubric.Gate(number(gate, "threshold", 1, -MOST, MOST), inner(gate, depth));
    }

    private Rubric sequence(YamlMap map, int depth) {
        return new Rubric.Sequence(
                items(map, "sequence").stream().map(item -> nested(item, depth)).toList());
    }

    private Rubric trajectory(YamlMap map, int depth) {
        if (depth > 1) {
            yaml.refuse(
                    map.placeOf("trajectory"),
                    "`trajectory` may only be the whole rubric",
                    "put the others into its `rubric`");
        }
        YamlMap trajectory = yaml.map(map, "trajectory", Set.of("score", "intermediate", "discount", "rubric"));
        double discount = number(trajectory, "discount", 1, 0, 1);
        if (discount == 0) {
            yaml.refuse(trajectory.placeOf("discount"), "`discount` must be over 0", "1 credits all steps alike");
        }
        return new Rubric.Trajectory(
                yaml.word(trajectory, "score", Rubric.Trajectory.Of.class, Rubric.Trajectory.Of.LAST),
                number(trajectory, "intermediate", 0, -MOST, MOST),
                discount,
                inner(trajectory, depth));
    }

    private List<YamlNode> items(YamlMap map, String key) {
        YamlNode node = map.entries().get(key);
        if (node instanceof YamlList list && !list.items().isEmpty()) {
            return list.items();
        }
        yaml.refuse(map.placeOf(key), "`" + key + "` must be a list of at least one rubric", "");
        return List.of();
    }

    private Rubric inner(YamlMap map, int depth) {
        YamlNode node = map.entries().get("rubric");
        if (node == null) {
            yaml.refuse(map.place(), "`rubric` is missing", "");
            return new Rubric.Given(null);
        }
        return nested(node, depth);
    }

    private Rubric nested(YamlNode node, int depth) {
        return rubric(node, depth + 1);
    }

    /** A tool's policy key; whether its upstream has such a tool is found out when it is asked. */
    private String tool(String key, YamlNode node) {
        int dot = key.indexOf('.');
        if (dot < 1 || dot == key.length() - 1) {
            yaml.refuse(node.place(), "`" + key + "` is no tool", "write <upstream>.<tool>, as in policies");
        } else {
            requireUpstream(key.substring(0, dot), node);
        }
        return key;
    }

    private void requireUpstream(String name, @Nullable YamlNode node) {
        if (node != null && !upstreams.contains(name)) {
            yaml.refuse(node.place(), "there is no upstream `" + name + "`", Problem.nearest(name, upstreams));
        }
    }

    private double number(YamlMap map, String key, double absent, double min, double max) {
        double number = yaml.decimal(map, key).map(BigDecimal::doubleValue).orElse(absent);
        if (map.entries().containsKey(key) && !(number >= min && number <= max)) {
            yaml.refuse(
                    map.placeOf(key), "`" + key + "` must be a number from " + plain(min) + " to " + plain(max), "");
        }
        return number;
    }

    private static String plain(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }
}
