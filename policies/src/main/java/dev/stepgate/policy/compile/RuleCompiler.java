package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.CompiledRule;
import dev.stepgate.policy.Condition;
import dev.stepgate.policy.cel.CelConditions;
import dev.stepgate.policy.cel.CelProblem;
import dev.stepgate.policy.cel.CelRefused;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.WhenText;
import dev.stepgate.policy.schema.ToolSchema;
import dev.stepgate.yaml.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles the rules of one tool. For one compilation and one thread. */
final class RuleCompiler {
    private final ToolSchema schema;
    private final Set<String> tools;
    private final List<Problem> problems;
    private @Nullable CelConditions conditions;

    /**
     * For one tool.
     *
     * @param tools the keys of all tools of the environment
     * @param problems where problems are put
     */
    RuleCompiler(ToolSchema schema, Set<String> tools, List<Problem> problems) {
        this.schema = schema;
        this.tools = tools;
        this.problems = problems;
    }

    List<CompiledRule> rules(List<Rule> rules) {
        List<CompiledRule> compiled = new ArrayList<>();
        for (Rule rule : rules) {
            List<ArgumentCheck> checks = new ArrayList<>();
            rule.fields().forEach(field -> checks.addAll(checks(field)));
            compiled.add(new CompiledRule(rule.id(), rule.who(), checks, condition(rule.when()), rule.window()));
        }
        return compiled;
    }

    private @Nullable Condition condition(@Nullable WhenText when) {
        if (when == null) {
            return null;
        }
        if (conditions == null) { // made for the first condition of a tool: most tools have none
            conditions = new CelConditions(schema.shape(), tools);
        }
        try {
            return conditions.compile(when.text());
        } catch (CelRefused refused) {
            for (CelProblem problem : refused.problems()) {
                problems.add(
                        new Problem(when.placeOf(problem.line(), problem.column()), problem.message(), problem.help()));
            }
            return null;
        }
    }

    private List<ArgumentCheck> checks(FieldRule field) {
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
            case Constraint.MaxLength _,
                    Constraint.Pattern _,
                    Constraint.Within _,
                    Constraint.Url _,
                    Constraint.Sql _,
                    Constraint.NoLeadingDash _ -> "string";
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
