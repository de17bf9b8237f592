package dev.stepgate.policy.analysis;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import dev.stepgate.policy.testing.GeneratedCalls;
import dev.stepgate.policy.testing.Hints;
import dev.stepgate.yaml.YamlRefused;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What changed between two policies: their rules, and calls that they decide differently. For one use and one thread. */
public final class PolicyDiff {
    private static final long SEED = 7_042;
    private static final int EXAMPLES_PER_TOOL = 3;

    /** Of a Monday: within most windows, and always the same. */
    private static final Instant NOON = Instant.parse("2026-01-05T12:00:00Z");

    private final PolicyEngine engine = new PolicyEngine();
    private final Policy before;
    private final Policy after;
    private final EnvironmentFacts facts;
    private final PolicySet old;
    private final PolicySet next;

    /**
     * Compares two policies in one environment.
     *
     * @throws YamlRefused when one of them does not compile there
     */
    public PolicyDiff(Policy before, Policy after, EnvironmentFacts facts) throws YamlRefused {
        this.before = before;
        this.after = after;
        this.facts = facts;
        this.old = PolicyCompiler.compile(before, facts);
        this.next = PolicyCompiler.compile(after, facts);
    }

    /** A call that the two decide differently. */
    public record Difference(String tool, String arguments, String before, String after) {}

    /** The rules that were added, removed or changed, one line each, such as {@code + fs.read allow r}. */
    public List<String> rules() {
        Map<String, Rule> was = rules(before);
        Map<String, Rule> is = rules(after);
        Set<String> all = new TreeSet<>(was.keySet());
        all.addAll(is.keySet());
        List<String> lines = new ArrayList<>();
        for (String key : all) {
            Rule one = was.get(key);
            Rule other = is.get(key);
            if (one == null) {
                lines.add("+ " + key);
            } else if (other == null) {
                lines.add("- " + key);
            } else if (!meaning(one).equals(meaning(other))) {
                lines.add("~ " + key);
            }
        }
        Map<String, ToolRules> there = new TreeMap<>();
        after.tools().forEach(tool -> there.put(tool.key(), tool));
        for (ToolRules tool : before.tools()) {
            ToolRules changed = there.get(tool.key());
            if (changed != null && !changed.terms().equals(tool.terms())) {
                lines.add("~ " + tool.key() + " terms");
            }
        }
        return lines;
    }

    private static Map<String, Rule> rules(Policy policy) {
        Map<String, Rule> rules = new TreeMap<>();
        for (ToolRules tool : policy.tools()) {
            tool.allow().forEach(rule -> rules.put(tool.key() + " allow " + rule.id(), rule));
            tool.deny().forEach(rule -> rules.put(tool.key() + " deny " + rule.id(), rule));
        }
        return rules;
    }

    /** What a rule says, without where it says it. */
    private static String meaning(Rule rule) {
        StringBuilder meaning = new StringBuilder();
        meaning.append(new TreeSet<>(rule.who().roles()))
                .append(new TreeSet<>(rule.who().subjects()));
        meaning.append(new TreeSet<>(rule.who().clients()))
                .append(new TreeSet<>(rule.who().issuers()));
        Map<String, List<String>> fields = new TreeMap<>();
        rule.fields()
                .forEach(field -> fields.put(
                        field.path(),
                        field.constraints().stream()
                                .map(one -> one.asked())
                                .sorted()
                                .toList()));
        meaning.append(fields)
                .append(rule.when() == null ? "" : rule.when().text())
                .append(rule.window());
        return meaning.toString();
    }

    /** Calls made up from the schemas near what the rules speak of, of which up to three a tool are shown. */
    public List<Difference> generated(int calls, Caller caller) {
        Set<String> keys = new TreeSet<>(rulesByTool(before).keySet());
        keys.addAll(rulesByTool(after).keySet());
        List<Difference> differences = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(SEED);
        for (String key : keys) {
            Optional<ToolSchema> schema = schema(key);
            if (schema.isEmpty()) {
                continue;
            }
            List<Object> hints = new ArrayList<>();
            Optional.ofNullable(rulesByTool(before).get(key)).ifPresent(tool -> hints.addAll(Hints.of(tool)));
            Optional.ofNullable(rulesByTool(after).get(key)).ifPresent(tool -> hints.addAll(Hints.of(tool)));
            GeneratedCalls made = new GeneratedCalls(random, hints);
            Set<String> kinds = new HashSet<>();
            for (int i = calls / keys.size(); i > 0 && kinds.size() < EXAMPLES_PER_TOOL; i--) {
                compare(key, made.arguments(schema.get().shape()), caller)
                        .filter(difference -> kinds.add(difference.before() + difference.after()))
                        .ifPresent(differences::add);
            }
        }
        return differences;
    }

    private static Map<String, ToolRules> rulesByTool(Policy policy) {
        Map<String, ToolRules> tools = new TreeMap<>();
        policy.tools().forEach(tool -> tools.put(tool.key(), tool));
        return tools;
    }

    /** Recorded calls in their order, each after what its run had made before it. */
    public List<Difference> replayed(List<RecordedCall> calls, Caller caller) {
        List<Difference> differences = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            RecordedCall call = calls.get(i);
            AccessRequest request = request(call.tool(), call.arguments(), caller);
            compare(request.in(RecordedRun.before(old, calls, i)), request.in(RecordedRun.before(next, calls, i)))
                    .ifPresent(differences::add);
        }
        return differences;
    }

    /** One call, the first of its episode, as both decide it; empty where they agree. Nothing is counted. */
    public Optional<Difference> compare(String tool, Map<String, @Nullable Object> arguments, Caller caller) {
        AccessRequest request = request(tool, arguments, caller);
        return compare(request, request);
    }

    private Optional<Difference> compare(AccessRequest asked, AccessRequest askedNext) {
        String was = decision(old, asked);
        String is = decision(next, askedNext);
        return was.equals(is)
                ? Optional.empty()
                : Optional.of(new Difference(asked.tool(), PlainJson.text(asked.arguments()), was, is));
    }

    private AccessRequest request(String tool, Map<String, @Nullable Object> arguments, Caller caller) {
        return new AccessRequest(caller, facts.surroundings(), tool, arguments, EpisodeView.NEW, NOON);
    }

    private String decision(PolicySet set, AccessRequest request) {
        return switch (engine.decide(set, request)) {
            case Decision.Allow allow -> allow.approval() == null ? "allow" : "approval";
            case Decision.Deny deny -> "deny " + deny.code().wireName();
        };
    }

    private Optional<ToolSchema> schema(String key) {
        for (CatalogTool tool : facts.tools()) {
            if (tool.key().equals(key)) {
                try {
                    return Optional.of(ToolSchema.compile(tool.inputSchema()));
                } catch (SchemaRefused refused) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
