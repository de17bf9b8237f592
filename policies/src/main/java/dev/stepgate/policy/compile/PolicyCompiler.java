package dev.stepgate.policy.compile;

import dev.stepgate.policy.ApprovalTerms.Script;
import dev.stepgate.policy.CompiledTool;
import dev.stepgate.policy.FlowRule;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.ToolTerms;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.Flow;
import dev.stepgate.policy.format.Policy.Pin;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.policy.result.ResultFilter;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compiles a policy against one environment. For one compilation and one thread. */
public final class PolicyCompiler {
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, CatalogTool> catalog = new LinkedHashMap<>();
    private final EnvironmentFacts facts;
    private final RuleCompiler compiler;

    private PolicyCompiler(EnvironmentFacts facts, List<ToolRules> rules) {
        this.facts = facts;
        facts.tools().forEach(tool -> catalog.put(tool.key(), tool));
        // Conditions may also name the tools of an upstream that can not be reached now.
        Stream<String> absent = rules.stream().map(ToolRules::key).filter(facts::mayLack);
        Set<String> names = Stream.concat(catalog.keySet().stream(), absent).collect(Collectors.toSet());
        this.compiler = new RuleCompiler(names, problems);
    }

    /**
     * Compiles a policy for training, against tools alone.
     *
     * @throws YamlRefused as {@link #compile(Policy, EnvironmentFacts)} does
     */
    public static PolicySet compile(Policy policy, List<CatalogTool> tools) throws YamlRefused {
        return compile(policy, EnvironmentFacts.of(tools));
    }

    /**
     * Compiles a policy as it is in the environment's mode. Rules for tools of an upstream that can not be reached now are
     * left out: whoever finds that it can be compiles again.
     *
     * @throws YamlRefused with every rule that names what is not there or could not mean what it says
     */
    public static PolicySet compile(Policy policy, EnvironmentFacts facts) throws YamlRefused {
        Policy here = policy.in(facts.surroundings().mode());
        PolicyCompiler compiler = new PolicyCompiler(facts, here.tools());
        here.rest().pins().forEach(compiler::refuseUnlessPinned);
        Map<String, CompiledTool> compiled = new HashMap<>();
        for (ToolRules rules : here.tools()) {
            compiler.tool(rules).ifPresent(tool -> compiled.put(rules.key(), tool));
        }
        if (!compiler.problems.isEmpty()) {
            throw new YamlRefused(compiler.problems);
        }
        List<FlowRule> flows = here.rest().flows().stream().map(Flow::rule).toList();
        return new PolicySet(
                policy.name(),
                policy.version(),
                policy.digest(),
                facts.surroundings(),
                compiled,
                flows,
                here.rest().budget());
    }

    private void refuseUnlessPinned(Pin pin) {
        String pinned = facts.pins().get(pin.upstream());
        if (pinned == null) {
            Set<String> upstreams =
                    facts.tools().stream().map(CatalogTool::upstream).collect(Collectors.toSet());
            problems.add(new Problem(
                    pin.place(),
                    "the manifest pins no catalogue of `" + pin.upstream() + "`",
                    upstreams.contains(pin.upstream())
                            ? "policies are not told of pins yet: leave `catalogue` out"
                            : Problem.nearest(pin.upstream(), upstreams)));
        } else if (!pinned.equals(pin.digest())) {
            problems.add(new Problem(
                    pin.place(),
                    "the policy was written for another catalogue of `" + pin.upstream() + "`",
                    "review the tools, then write " + pinned));
        }
    }

    private Optional<CompiledTool> tool(ToolRules rules) {
        CatalogTool tool = catalog.get(rules.key());
        if (tool == null && facts.mayLack(rules.key())) {
            return Optional.empty();
        }
        if (tool == null) {
            problems.add(new Problem(
                    rules.place(),
                    "the environment has no tool `" + rules.key() + "`",
                    Problem.nearest(rules.key(), catalog.keySet())));
            return Optional.empty();
        }
        refuseUnknownRoute(rules, tool);
        refuseLaxness(rules);
        try {
            ToolSchema schema = ToolSchema.compile(tool.inputSchema());
            if (rules.terms().result().enforceSchema()) {
                refuseWithoutOutputSchema(rules, tool);
            }
            return Optional.of(new CompiledTool(
                    schema,
                    compiler.rules(schema, rules.allow()),
                    compiler.rules(schema, rules.deny()),
                    rules.terms(),
                    ResultFilter.of(rules.terms().result(), tool.outputSchema())));
        } catch (SchemaRefused refused) {
            problems.add(new Problem(
                    rules.place(), "tool `" + rules.key() + "` is not admitted: " + refused.sentence(), ""));
            return Optional.empty();
        }
    }

    private void refuseWithoutOutputSchema(ToolRules rules, CatalogTool tool) {
        if (tool.outputSchema() == null) {
            problems.add(new Problem(
                    rules.placeOf("result"),
                    "tool `" + rules.key() + "` has no output schema that could be enforced",
                    "leave `schema` out"));
        }
    }

    private void refuseUnknownRoute(ToolRules rules, CatalogTool tool) {
        ToolTerms.Route route = rules.terms().route();
        String credential = route.credential();
        if (credential != null && !facts.credentials().contains(credential)) {
            problems.add(new Problem(
                    rules.placeOf("credential"),
                    "the environment has no credential `" + credential + "`",
                    facts.credentials().isEmpty()
                            ? "name it under `credentials` of the manifest, or leave `credential` out"
                            : Problem.nearest(credential, facts.credentials())));
        }
        String backend = route.backend();
        if (backend == null || backend.equals(tool.upstream())) {
            return;
        }
        CatalogTool other = catalog.get(backend + "." + tool.tool());
        if (other == null && facts.missing().contains(backend)) {
            return;
        }
        if (other == null) {
            Set<String> upstreams =
                    facts.tools().stream().map(CatalogTool::upstream).collect(Collectors.toSet());
            problems.add(new Problem(
                    rules.placeOf("backend"),
                    "upstream `" + backend + "` does not offer `" + tool.tool() + "` here",
                    Problem.nearest(backend, upstreams)));
        } else if (!other.inputSchema().equals(tool.inputSchema())) {
            problems.add(new Problem(
                    rules.placeOf("backend"),
                    "`" + tool.tool() + "` of upstream `" + backend + "` takes other arguments",
                    "a tool must look the same in every mode"));
        }
    }

    private void refuseLaxness(ToolRules rules) {
        if (facts.surroundings().mode() == Mode.TRAINING) {
            return;
        }
        if (rules.terms().shadow()) {
            problems.add(new Problem(
                    rules.placeOf("enforce"),
                    "`enforce: shadow` lets calls through and is not taken in production",
                    "write it under `modes: { training: … }`"));
        }
        var approval = rules.terms().approval();
        if (approval != null && approval.script() != Script.NONE) {
            problems.add(new Problem(
                    rules.placeOf("approve"),
                    "a script does not approve in production",
                    "name the role of a person under `by`"));
        }
    }
}
