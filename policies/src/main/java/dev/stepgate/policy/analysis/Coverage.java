package dev.stepgate.policy.analysis;

import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.path.PathWithin;
import dev.stepgate.policy.schema.ToolSchema;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which rules hold wherever others do, as far as intervals, finite sets and folders tell. A {@code when} is an atom: it
 * covers only itself. Stateless.
 */
final class Coverage {
    private Coverage() {}

    /** Whether a rule holds wherever another does; false also where it cannot be told. */
    static boolean covers(Rule wide, Rule narrow) {
        boolean sameWhen = wide.when() == null
                || (narrow.when() != null
                        && wide.when().text().equals(narrow.when().text()));
        boolean sameWindow = wide.window() == null || wide.window().equals(narrow.window());
        return wide.who().covers(narrow.who())
                && sameWhen
                && sameWindow
                && wide.fields().stream().allMatch(field -> isImplied(field, narrow));
    }

    private static boolean isImplied(FieldRule field, Rule narrow) {
        List<Constraint> known = new ArrayList<>();
        narrow.fields().stream()
                .filter(other -> other.path().equals(field.path()))
                .forEach(other -> known.addAll(other.constraints()));
        return field.constraints().stream()
                .allMatch(wide -> known.stream().anyMatch(narrower -> implies(narrower, wide)));
    }

    private static boolean implies(Constraint narrow, Constraint wide) {
        return switch (wide) {
            case Constraint.Min min ->
                (narrow instanceof Constraint.Min other && other.value().compareTo(min.value()) >= 0)
                        || allNumbers(narrow, value -> value.compareTo(min.value()) >= 0);
            case Constraint.Max max ->
                (narrow instanceof Constraint.Max other && other.value().compareTo(max.value()) <= 0)
                        || allNumbers(narrow, value -> value.compareTo(max.value()) <= 0);
            case Constraint.MaxLength max ->
                narrow instanceof Constraint.MaxLength other && other.codePoints() <= max.codePoints();
            case Constraint.MaxItems max -> narrow instanceof Constraint.MaxItems other && other.items() <= max.items();
            case Constraint.OneOf one ->
                narrow instanceof Constraint.OneOf other && one.values().containsAll(other.values());
            case Constraint.NoneOf none ->
                narrow instanceof Constraint.NoneOf other && other.values().containsAll(none.values());
            case Constraint.Within within ->
                narrow instanceof Constraint.Within other && isBelow(other.folder(), within.folder());
            case Constraint.Pattern _,
                    Constraint.Url _,
                    Constraint.Sql _,
                    Constraint.NoLeadingDash _,
                    Constraint.Absent _ -> narrow.equals(wide);
        };
    }

    private static boolean isBelow(String folder, String above) {
        return PathWithin.isFolder(folder)
                && PathWithin.isFolder(above)
                && PathWithin.folder(above).check(folder) == dev.stepgate.policy.ArgumentCheck.Verdict.HOLDS;
    }

    private static boolean allNumbers(Constraint constraint, java.util.function.Predicate<BigDecimal> test) {
        return constraint instanceof Constraint.OneOf one
                && one.values().stream().map(Coverage::decimal).allMatch(value -> value != null && test.test(value));
    }

    /** Why no value can meet all of these, or empty where one may. */
    static Optional<String> contradiction(List<Constraint> constraints) {
        for (Constraint one : constraints) {
            for (Constraint other : constraints) {
                if (excludes(one, other)) {
                    return Optional.of("nothing that " + one.asked() + " also " + other.asked());
                }
            }
        }
        return Optional.empty();
    }

    private static boolean excludes(Constraint one, Constraint other) {
        return switch (one) {
            case Constraint.Min min ->
                (other instanceof Constraint.Max max && min.value().compareTo(max.value()) > 0)
                        || noNumber(other, value -> value.compareTo(min.value()) >= 0);
            case Constraint.Max max -> noNumber(other, value -> value.compareTo(max.value()) <= 0);
            case Constraint.OneOf in ->
                other instanceof Constraint.NoneOf none && none.values().containsAll(in.values());
            case Constraint.Absent _ -> false;
            case Constraint.NoneOf _,
                    Constraint.MaxLength _,
                    Constraint.MaxItems _,
                    Constraint.Pattern _,
                    Constraint.Within _,
                    Constraint.Url _,
                    Constraint.Sql _,
                    Constraint.NoLeadingDash _ -> false;
        };
    }

    private static boolean noNumber(Constraint constraint, java.util.function.Predicate<BigDecimal> test) {
        return constraint instanceof Constraint.OneOf one
                && one.values().stream().map(Coverage::decimal).noneMatch(value -> value != null && test.test(value));
    }

    /** Why no value that the schema admits meets these, or empty where one may. */
    static Optional<String> outside(List<Constraint> constraints, ToolSchema.ArgumentSchema schema) {
        for (Constraint constraint : constraints) {
            BigDecimal most = schema.max();
            BigDecimal least = schema.min();
            if (constraint instanceof Constraint.Min min
                    && most != null
                    && min.value().compareTo(most) > 0) {
                return Optional.of("the schema's maximum is " + most);
            }
            if (constraint instanceof Constraint.Max max
                    && least != null
                    && max.value().compareTo(least) < 0) {
                return Optional.of("the schema's minimum is " + least);
            }
            if (constraint instanceof Constraint.OneOf one
                    && !schema.values().isEmpty()
                    && one.values().stream().noneMatch(value -> isOneOf(value, schema.values()))) {
                return Optional.of("the schema has only " + schema.values());
            }
        }
        return Optional.empty();
    }

    private static boolean isOneOf(@Nullable Object value, List<@Nullable Object> values) {
        BigDecimal number = decimal(value);
        return values.stream().anyMatch(one -> {
            BigDecimal other = decimal(one);
            if (number != null && other != null) {
                return number.compareTo(other) == 0;
            }
            return java.util.Objects.equals(one, value);
        });
    }

    /** Whether a value that is left out could be one that the constraint keeps out. */
    static boolean bounds(Constraint constraint) {
        return !(constraint instanceof Constraint.MaxLength
                || constraint instanceof Constraint.MaxItems
                || constraint instanceof Constraint.Absent
                || constraint instanceof Constraint.NoLeadingDash);
    }

    private static @Nullable BigDecimal decimal(@Nullable Object value) {
        return value instanceof Number number ? new BigDecimal(number.toString()) : null;
    }
}
