package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.CompiledRule;
import dev.stepgate.policy.Condition;
import dev.stepgate.policy.Who;
import dev.stepgate.policy.cel.CelConditions;
import dev.stepgate.policy.cel.CelProblem;
import dev.stepgate.policy.cel.CelRefused;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.WhenText;
import dev.stepgate.policy.schema.Shape;
import dev.stepgate.policy.schema.ToolSchema;
import dev.stepgate.yaml.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the rules of one policy. Rules that say the same of one argument share the check, and conditions with the same
 * text over the same arguments are compiled once: with many tools, what is not there twice is in the processor's cache. For
 * one compilation and one thread.
 */
final class RuleCompiler {
    private final Set<String> tools;
    private final List<Problem> problems;
    private final Map<Asked, ArgumentCheck> checks = new HashMap<>();
    private final Map<Shape.Fields, CelConditions> conditions = new HashMap<>();

    private record Asked(FieldPath path, Constraint constraint) {}

    /**
     * For one environment.
     *
     * @param tools the keys of all its tools
     * @param problems where problems are put
     */
    RuleCompiler(Set<String> tools, List<Problem> problems) {
        this.tools = tools;
        this.problems = problems;
    }

    /** Compiles the rules of a tool with this schema. */
    List<CompiledRule> rules(ToolSchema schema, List<Rule> rules) {
        List<CompiledRule> compiled = new ArrayList<>();
        for (Rule rule : rules) {
            List<ArgumentCheck> asked = new ArrayList<>();
            rule.fields().forEach(field -> asked.addAll(checks(schema, field)));
            Who who = rule.who().equals(Who.ANYONE) ? Who.ANYONE : rule.who();
            compiled.add(new CompiledRule(rule.id(), who, asked, condition(schema, rule.when()), rule.window()));
        }
        return compiled;
    }

    private @Nullable Condition condition(ToolSchema schema, @Nullable WhenText when) {
        if (when == null) {
            return null;
        }
        try {
            return conditions
                    .computeIfAbsent(schema.shape(), shape -> new CelConditions(shape, tools))
                    .compile(when.text());
        } catch (CelRefused refused) {
            for (CelProblem problem : refused.problems()) {
                problems.add(
                        new Problem(when.placeOf(problem.line(), problem.column()), problem.message(), problem.help()));
            }
            return null;
        }
    }

    private List<ArgumentCheck> checks(ToolSchema schema, FieldRule field) {
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
        List<ArgumentCheck> asked = new ArrayList<>();
        for (Constraint constraint : field.constraints()) {
            refuseWrongType(field, constraint, argument.get().type());
            try {
                asked.add(check(new Asked(path, constraint)));
            } catch (ConstraintCompiler.Impossible impossible) {
                problems.add(new Problem(field.place(), impossible.sentence(), ""));
            }
        }
        return asked;
    }

    private ArgumentCheck check(Asked asked) throws ConstraintCompiler.Impossible {
        ArgumentCheck known = checks.get(asked);
        if (known == null) {
            known = ConstraintCompiler.compile(asked.path(), asked.constraint());
            checks.put(asked, known);
        }
        return known;
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
