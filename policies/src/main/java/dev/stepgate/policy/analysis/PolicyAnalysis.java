package dev.stepgate.policy.analysis;

import dev.stepgate.policy.Label;
import dev.stepgate.policy.LabelKind;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.analysis.Finding.Certainty;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Flow;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Looks for what a policy that compiles says without meaning it. For one policy and one thread. */
public final class PolicyAnalysis {
    private final Policy policy;
    private final List<Finding> findings = new ArrayList<>();

    private PolicyAnalysis(Policy policy) {
        this.policy = policy;
    }

    /** Looks at a policy that compiles against these facts. */
    public static List<Finding> of(Policy policy, EnvironmentFacts facts) {
        PolicyAnalysis analysis = new PolicyAnalysis(policy);
        for (ToolRules tool : policy.tools()) {
            Optional<ToolSchema> schema = schema(tool, facts);
            tool.allow().forEach(rule -> analysis.rule(rule, schema));
            tool.deny().forEach(rule -> analysis.rule(rule, schema));
            analysis.covered(tool);
            analysis.unreachable(tool);
        }
        analysis.toxicFlow();
        analysis.idleFlows();
        analysis.modes();
        return List.copyOf(analysis.findings);
    }

    private static Optional<ToolSchema> schema(ToolRules tool, EnvironmentFacts facts) {
        for (CatalogTool known : facts.tools()) {
            if (known.key().equals(tool.key())) {
                try {
                    return Optional.of(ToolSchema.compile(known.inputSchema()));
                } catch (SchemaRefused refused) {
                    return Optional.empty(); // the compiler has said so
                }
            }
        }
        return Optional.empty();
    }

    private void rule(Rule rule, Optional<ToolSchema> schema) {
        for (FieldRule field : rule.fields()) {
            Coverage.contradiction(field.constraints())
                    .ifPresent(why -> report(
                            field,
                            "no value of `" + field.path() + "` meets rule `" + rule.id() + "`: " + why,
                            "loosen one of the two"));
            schema.ifPresent(known -> beside(field, rule, known));
        }
    }

    private void report(FieldRule field, String message, String help) {
        findings.add(new Finding(field.place(), Certainty.PROOF, message, help));
    }

    private void beside(FieldRule field, Rule rule, ToolSchema schema) {
        String name = field.path().split("[.\\[]", 2)[0];
        List<String> segments = List.of(field.path().replace("[]", ".[]").split("\\."));
        schema.argument(segments)
                .flatMap(argument -> Coverage.outside(field.constraints(), argument))
                .ifPresent(why -> report(
                        field,
                        "the schema admits no value of `" + field.path() + "` that meets rule `" + rule.id() + "`: "
                                + why,
                        "compare it with the tool's schema"));
        boolean bounded = field.constraints().stream().anyMatch(Coverage::bounds);
        if (bounded && !schema.isSettled(name)) {
            findings.add(new Finding(
                    field.place(),
                    Certainty.HINT,
                    "a call may leave `" + name + "` out, and then the tool's own default applies",
                    "know that default, or ask for the argument with `when: has(args." + name + ")`"));
        }
    }

    private void covered(ToolRules tool) {
        for (Rule rule : tool.allow()) {
            for (Rule other : tool.allow()) {
                boolean earlier = tool.allow().indexOf(other) < tool.allow().indexOf(rule);
                if (!other.id().equals(rule.id())
                        && Coverage.covers(other, rule)
                        && (earlier || !Coverage.covers(rule, other))) {
                    findings.add(new Finding(
                            rule.place(),
                            Certainty.SOUND,
                            "rule `" + rule.id() + "` allows nothing that `" + other.id() + "` does not",
                            "remove one of them"));
                }
            }
            for (Rule deny : tool.deny()) {
                if (Coverage.covers(deny, rule)) {
                    findings.add(new Finding(
                            rule.place(),
                            Certainty.SOUND,
                            "everything that rule `" + rule.id() + "` allows is denied by `" + deny.id() + "`",
                            "narrow the deny rule"));
                }
            }
        }
    }

    private void unreachable(ToolRules tool) {
        if (tool.allow().isEmpty() && !tool.deny().isEmpty()) {
            findings.add(new Finding(
                    tool.place(),
                    Certainty.PROOF,
                    "no rule allows `" + tool.key() + "`, so its deny rules decide nothing",
                    "remove the tool: what is not named is denied"));
        }
    }

    /** Private data, foreign text and a way out in one environment is what leaks; each alone does not. */
    private void toxicFlow() {
        Set<LabelKind> kinds = new HashSet<>();
        policy.tools().forEach(tool -> tool.terms().labels().forEach(label -> kinds.add(label.kind())));
        boolean all = kinds.containsAll(Set.of(LabelKind.READS, LabelKind.BRINGS, LabelKind.SENDS));
        if (all && policy.rest().flows().isEmpty()) {
            findings.add(new Finding(
                    policy.place(),
                    Certainty.PROOF,
                    "tools read what is private, bring in what is untrusted and send to the outside, and no flow rule stands between",
                    "write one under `flows`"));
        }
    }

    private void idleFlows() {
        Set<Label> carried = new HashSet<>();
        policy.tools().forEach(tool -> carried.addAll(tool.terms().labels()));
        for (Flow flow : policy.rest().flows()) {
            Stream.concat(flow.rule().after().stream(), flow.rule().block().stream())
                    .filter(label -> !carried.contains(label))
                    .forEach(label -> findings.add(new Finding(
                            flow.place(),
                            Certainty.PROOF,
                            "no tool carries `" + label + "`, which flow rule `"
                                    + flow.rule().id() + "` speaks of",
                            "label a tool, or correct the name")));
        }
    }

    private void modes() {
        Set<String> listed = new HashSet<>();
        policy.rest().divergences().forEach(one -> listed.add(one.tool()));
        List<ToolRules> training = policy.in(Mode.TRAINING).tools();
        List<ToolRules> production = policy.in(Mode.PRODUCTION).tools();
        for (int i = 0; i < training.size(); i++) {
            ToolRules here = training.get(i);
            ToolRules there = production.get(i);
            boolean differs = here.terms().shadow() != there.terms().shadow()
                    || !here.terms().limits().equals(there.terms().limits())
                    || (here.terms().approval() == null) != (there.terms().approval() == null);
            if (differs && !listed.contains(here.key())) {
                findings.add(new Finding(
                        here.place(),
                        Certainty.HINT,
                        "`" + here.key() + "` is denied differently in training and in production",
                        "say why under `divergence`"));
            }
        }
    }
}
