package dev.stepgate.policy.compile;

import dev.stepgate.policy.ApprovalTerms;
import dev.stepgate.policy.EpisodeBudget;
import dev.stepgate.policy.FlowRule;
import dev.stepgate.policy.Label;
import dev.stepgate.policy.LabelKind;
import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.TimeWindow;
import dev.stepgate.policy.ToolLimits;
import dev.stepgate.policy.ToolTerms;
import dev.stepgate.policy.Who;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Flow;
import dev.stepgate.policy.format.Policy.Rest;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.policy.format.WhenText;
import dev.stepgate.yaml.Place;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Policies and calls made up at random; the same seed gives the same ones. For one thread. */
final class GeneratedPolicies {
    private static final Place PLACE = new Place("generated", 1, 1);
    private static final String SCHEMA = """
            {"properties": {"a": {}, "l": {"items": {"properties": {"x": {}}}}, "o": {"properties": {"p": {}}}}}""";
    static final List<String> TOOLS = List.of("t.one", "t.two", "t.three");
    private static final List<String> PATHS = List.of("a", "l", "l[]", "l[].x", "o", "o.p");
    static final List<String> ROLES = List.of("agent", "admin", "robot");
    private static final List<String> FOLDERS = List.of("/", "/w", "/w/", "/w/a");
    private static final List<String> PATTERNS = List.of("a.*", "[a-c]+", "a|ab", "", ".*", "\\d+");
    private static final List<Object> VALUES = List.of(
            "",
            "a",
            "ab",
            "abc",
            "a\nb",
            "-rf",
            " -x",
            "7",
            "true",
            "null",
            "😀😀",
            "é",
            "ae\u0301",
            "/",
            "/w",
            "/w/",
            "/w/a",
            "/w/a/b",
            "/wx",
            "/w/../x",
            "/w/./a",
            "//w//a",
            "/w/a\0",
            "/w/%2e",
            "/w\\a",
            "w/a",
            "/w/..",
            "/w/..a",
            "/w/~",
            "/w/c:",
            "/./w",
            "/w/e\u0301",
            true,
            false,
            0,
            1,
            7,
            -1L,
            1.0,
            1.5,
            0.1,
            new BigDecimal("0.1000000000000000000001"),
            new BigDecimal("1.00"),
            new BigDecimal("1e30"),
            BigInteger.TWO.pow(70),
            9007199254740993L,
            9007199254740992.0);

    private static final List<Label> LABELS = List.of(
            new Label(LabelKind.READS, "private"),
            new Label(LabelKind.BRINGS, "untrusted"),
            new Label(LabelKind.SENDS, "external"));

    private final Random random;

    GeneratedPolicies(long seed) {
        this.random = new Random(seed);
    }

    Random random() {
        return random;
    }

    /** The tools that the policies speak of. */
    static List<CatalogTool> catalogue() {
        return TOOLS.stream()
                .map(key -> new CatalogTool("t", key.substring(2), SCHEMA))
                .toList();
    }

    /** A policy of rules without circumstances and terms. */
    Policy rulesAlone() {
        List<ToolRules> tools = new ArrayList<>();
        for (String tool : some(TOOLS, 5)) {
            tools.add(new ToolRules(PLACE, tool, rules("allow", 3), rules("deny", 1)));
        }
        return new Policy(PLACE, "generated", 1, "*", "", tools);
    }

    /** A policy of every kind of rule. */
    Policy whole() {
        List<ToolRules> tools = new ArrayList<>();
        for (String tool : some(TOOLS, 6)) {
            tools.add(
                    new ToolRules(PLACE, tool, circumstanced("allow", 4), circumstanced("deny", 1), terms(), Map.of()));
        }
        List<Flow> flows = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            Set<Label> after = new HashSet<>(List.of(oneOf(LABELS), LABELS.get(random.nextInt(2))));
            flows.add(new Flow(PLACE, new FlowRule("flow" + i, after, Set.of(oneOf(LABELS)), random.nextBoolean())));
        }
        EpisodeBudget budget = new EpisodeBudget(
                random.nextInt(3) == 0 ? 3 + random.nextInt(20) : Long.MAX_VALUE,
                random.nextInt(3) == 0 ? random.nextInt(30) : Long.MAX_VALUE,
                random.nextInt(3) == 0 ? 1 + random.nextInt(3_000_000) : Long.MAX_VALUE);
        return new Policy(
                PLACE, "generated", 1, "*", "", tools, new Rest(List.of(), flows, budget, List.of()), Map.of());
    }

    private List<Rule> circumstanced(String kind, int most) {
        return rules(kind, most).stream()
                .map(rule -> new Rule(
                        rule.place(),
                        rule.id(),
                        rule.who(),
                        rule.fields(),
                        random.nextInt(3) == 0 ? WhenText.at(PLACE, oneOf(ReferenceInterpreter.Whens.texts())) : null,
                        random.nextInt(8) == 0 ? window() : null))
                .toList();
    }

    private TimeWindow window() {
        LocalTime from = LocalTime.of(12, random.nextInt(10));
        LocalTime to = random.nextBoolean() ? from.plusMinutes(5) : from.minusMinutes(1 + random.nextInt(9));
        return new TimeWindow(EnumSet.allOf(DayOfWeek.class), from, to, ZoneOffset.UTC);
    }

    private ToolTerms terms() {
        int unlimited = ToolLimits.UNLIMITED;
        ToolLimits limits = new ToolLimits(
                random.nextInt(3) == 0 ? 1 + random.nextInt(6) : unlimited,
                random.nextInt(3) == 0 ? 1 + random.nextInt(6) : unlimited,
                random.nextInt(3) == 0 ? 1 + random.nextInt(3) : unlimited,
                random.nextInt(4),
                random.nextInt(3) == 0 ? 1 + random.nextInt(3) : unlimited);
        ApprovalTerms approval = random.nextInt(4) > 0
                ? null
                : new ApprovalTerms("sre", Duration.ofMinutes(1), "", ApprovalTerms.Script.NONE);
        ResultTerms result = random.nextBoolean()
                ? ResultTerms.NONE
                : new ResultTerms(1 + random.nextInt(2_000_000), Set.of(), List.of(), Set.of(), false);
        Set<Label> labels = LABELS.stream().filter(_ -> random.nextInt(4) == 0).collect(Collectors.toSet());
        return new ToolTerms(
                Set.of(), limits, approval, result, labels, random.nextInt(6) == 0, ToolTerms.Route.ITS_OWN);
    }

    private List<Rule> rules(String kind, int most) {
        List<Rule> rules = new ArrayList<>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            List<FieldRule> fields = new ArrayList<>();
            for (int j = random.nextInt(3); j > 0; j--) {
                fields.add(new FieldRule(PLACE, oneOf(PATHS), constraints()));
            }
            Who who = new Who(
                    random.nextInt(3) == 0 ? Set.copyOf(some(ROLES, 2)) : Set.of(),
                    random.nextInt(4) == 0 ? Set.of("alice") : Set.of());
            rules.add(new Rule(PLACE, kind + i, who, fields));
        }
        return rules;
    }

    private List<Constraint> constraints() {
        List<Constraint> constraints = new ArrayList<>();
        for (int i = random.nextInt(2); i >= 0; i--) {
            constraints.add(constraint());
        }
        return constraints;
    }

    private Constraint constraint() {
        return switch (random.nextInt(10)) {
            case 0 -> new Constraint.OneOf("in", values(8));
            case 1 -> new Constraint.NoneOf("not", values(3));
            case 2 -> new Constraint.Min("min", number());
            case 3 -> new Constraint.Max("max", number());
            case 4 -> new Constraint.MaxLength("maxLength", random.nextInt(6));
            case 5 -> new Constraint.MaxItems("maxItems", random.nextInt(4));
            case 6 -> new Constraint.Pattern("pattern", oneOf(PATTERNS));
            case 7 -> new Constraint.Within("within", oneOf(FOLDERS));
            case 8 -> new Constraint.NoLeadingDash("noLeadingDash");
            default -> new Constraint.Absent("absent");
        };
    }

    private BigDecimal number() {
        return new BigDecimal(oneOf(List.of("0", "1", "1.50", "0.1", "9007199254740992", "-1", "1e30")));
    }

    Map<String, @Nullable Object> arguments() {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        if (random.nextInt(3) > 0) {
            arguments.put("a", value(2));
        }
        if (random.nextBoolean()) {
            arguments.put("l", random.nextInt(4) > 0 ? list(2) : value(2));
        }
        if (random.nextBoolean()) {
            arguments.put("o", random.nextInt(4) > 0 ? map("p", 2) : value(2));
        }
        return arguments;
    }

    private @Nullable Object value(int depth) {
        return switch (random.nextInt(depth > 0 ? 12 : 10)) {
            case 0 -> null;
            case 10 -> list(depth - 1);
            case 11 -> map(oneOf(List.of("x", "p", "a")), depth - 1);
            default -> oneOf(VALUES);
        };
    }

    private List<@Nullable Object> list(int depth) {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(depth > 0 && random.nextBoolean() ? map("x", depth - 1) : value(depth - 1));
        }
        return list;
    }

    private Map<String, @Nullable Object> map(String key, int depth) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        if (random.nextInt(4) > 0) {
            map.put(key, value(depth - 1));
        }
        return map;
    }

    private List<@Nullable Object> values(int most) {
        List<@Nullable Object> values = new ArrayList<>();
        values.add(value(2));
        for (int i = random.nextInt(most); i > 0; i--) {
            values.add(value(1));
        }
        return values;
    }

    <T> T oneOf(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** Each with a chance of all but one of so many. */
    List<String> some(List<String> from, int chances) {
        return from.stream().filter(_ -> random.nextInt(chances) > 0).toList();
    }
}
