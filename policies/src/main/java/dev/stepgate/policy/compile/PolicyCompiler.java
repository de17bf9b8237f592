package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.CompiledRule;
import dev.stepgate.policy.CompiledTool;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
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

/** Compiles a policy against the tools of one environment. For one compilation and one thread. */
public final class PolicyCompiler {
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, CatalogTool> catalog = new LinkedHashMap<>();

    private PolicyCompiler(List<CatalogTool> tools) {
        tools.forEach(tool -> catalog.put(tool.key(), tool));
    }

    /**
     * Compiles a policy.
     *
     * @param tools all tools the environment offers
     * @throws YamlRefused with every rule that names what is not there or could not mean what it says
     */
    public static PolicySet compile(Policy policy, List<CatalogTool> tools) throws YamlRefused {
        PolicyCompiler compiler = new PolicyCompiler(tools);
        Map<String, CompiledTool> compiled = new HashMap<>();
        for (ToolRules rules : policy.tools()) {
            compiler.tool(rules).ifPresent(tool -> compiled.put(rules.key(), tool));
        }
        if (!compiler.problems.isEmpty()) {
            throw new YamlRefused(compiler.problems);
        }
        return new PolicySet(policy.name(), policy.version(), policy.digest(), compiled);
    }

    private Optional<CompiledTool> tool(ToolRules rules) {
        CatalogTool tool = catalog.get(rules.key());
        if (tool == null) {
            problems.add(new Problem(
                    rules.place(),
                    "the environment has no tool `" + rules.key() + "`",
                    Problem.nearest(rules.key(), catalog.keySet())));
            return Optional.empty();
        }
        try {
            ToolSchema schema = ToolSchema.compile(tool.inputSchema());
            return Optional.of(new CompiledTool(schema, rules(rules.allow(), schema), rules(rules.deny(), schema)));
        } catch (SchemaRefused refused) {
            problems.add(new Problem(
                    rules.place(), "tool `" + rules.key() + "` is not admitted: " + refused.sentence(), ""));
            return Optional.empty();
        }
    }

    private List<CompiledRule> rules(List<Rule> rules, ToolSchema schema) {
        List<CompiledRule> compiled = new ArrayList<>();
        for (Rule rule : rules) {
            List<ArgumentCheck> checks = new ArrayList<>();
            rule.fields().forEach(field -> checks.addAll(checks(field, schema)));
            compiled.add(new CompiledRule(rule.id(), rule.who(), checks));
        }
        return compiled;
    }

    private List<ArgumentCheck> checks(FieldRule field, ToolSchema schema) {
        FieldPath path = FieldPath.of(field.path());
        Optional<ToolSchema.ArgumentSchema> argument = schema.argument(path.segments());
        if (argument.isEmpty()) {
            List<String> names =
                    schema.names(path.segments().subList(0, path.segments().size() - 1));
            problems.add(new Problem(
                    field.place(),
                    "the tool has no argument `" + field.path() + "`",
                    Problem.nearest(path.segments().getLast(), names)));
            return List.of();
        }
        List<ArgumentCheck> checks = new ArrayList<>();
        for (Constraint constraint : field.constraints()) {
            refuseWrongType(field, constraint, argument.get().type());
            try {
                checks.add(ConstraintCompiler.compile(path, constraint));
            } catch (ConstraintCompiler.Impossible impossible) {
                problems.add(new Problem(field.place(), impossible.sentence(), ""));
            }
        }
        return checks;
    }

    private void refuseWrongType(FieldRule field, Constraint constraint, String type) {
        String expected = switch (constraint) {
            case Constraint.Min _, Constraint.Max _ -> type.equals("integer") ? "integer" : "number";
            case Constraint.MaxItems _ -> "array";
            case Constraint.MaxLength _, Constraint.Pattern _, Constraint.Within _, Constraint.NoLeadingDash _ ->
                "string";
            case Constraint.OneOf _, Constraint.NoneOf _, Constraint.Absent _ -> type;
        };
        if (!type.isEmpty() && !type.equals(expected)) {
            problems.add(new Problem(
                    field.place(),
                    "`" + constraint.key() + "` can not hold for `" + field.path() + "`, which is of type " + type,
                    "use it on a " + expected));
        }
    }
}
