package dev.stepgate.policy.compile;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.format.Constraint;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.text.Normalizer;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Turns constraints into checks. A value of another type than a constraint speaks of breaks it. Stateless. */
final class ConstraintCompiler {
    private ConstraintCompiler() {}

    /** A constraint that can not be compiled, in one sentence. */
    static final class Impossible extends Exception {
        private static final long serialVersionUID = 1;

        Impossible(String message) {
            super(message, null, false, false);
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    static ArgumentCheck compile(FieldPath path, Constraint constraint) throws Impossible {
        return switch (constraint) {
            case Constraint.Absent _ -> path.absent();
            case Constraint.OneOf oneOf ->
                path.every(value -> oneOf.values().stream().anyMatch(allowed -> same(allowed, value)));
            case Constraint.NoneOf noneOf ->
                path.every(value -> noneOf.values().stream().noneMatch(refused -> same(refused, value)));
            case Constraint.Min min -> path.every(value -> compare(value, min.value()) >= 0);
            case Constraint.Max max -> path.every(value -> isNumber(value) && compare(value, max.value()) <= 0);
            case Constraint.MaxLength max ->
                path.every(text(text -> text.codePointCount(0, text.length()) <= max.codePoints()));
            case Constraint.MaxItems max ->
                path.every(value -> value instanceof List<?> list && list.size() <= max.items());
            case Constraint.Pattern pattern -> path.every(text(matcher(pattern.expression())));
            case Constraint.Within within -> path.every(text(within(within.folder())));
            case Constraint.NoLeadingDash _ ->
                path.every(text(text -> !text.stripLeading().startsWith("-")));
        };
    }

    private static Predicate<@Nullable Object> text(Predicate<String> test) {
        return value -> value instanceof String text && test.test(text);
    }

    /** From end to end; text that is not in normalisation form C matches nothing, since two readers may differ on it. */
    private static Predicate<String> matcher(String expression) throws Impossible {
        try {
            Pattern compiled = Pattern.compile("(?:" + expression + ")", Pattern.DOTALL);
            Pattern.compile(expression);
            return text -> Normalizer.isNormalized(text, Normalizer.Form.NFC) && compiled.matches(text);
        } catch (PatternSyntaxException | StackOverflowError malformed) {
            throw new Impossible("`" + expression + "` is no RE2 expression");
        }
    }

    private static Predicate<String> within(String folder) throws Impossible {
        if (!PathWithin.isFolder(folder)) {
            throw new Impossible("`" + folder + "` is no absolute folder");
        }
        PathWithin within = PathWithin.folder(folder);
        return within::holds;
    }

    private static boolean isNumber(@Nullable Object value) {
        return decimal(value) != null;
    }

    /** Below every number for what is none, so that a lower bound breaks. */
    private static int compare(@Nullable Object value, BigDecimal bound) {
        BigDecimal number = decimal(value);
        return number == null ? -1 : number.compareTo(bound);
    }

    /** JSON equality: numbers by value, whatever their Java type. */
    private static boolean same(@Nullable Object a, @Nullable Object b) {
        BigDecimal left = decimal(a);
        BigDecimal right = decimal(b);
        if (left != null && right != null) {
            return left.compareTo(right) == 0;
        }
        if (a instanceof List<?> l && b instanceof List<?> r) {
            return l.size() == r.size()
                    && java.util.stream.IntStream.range(0, l.size()).allMatch(i -> same(l.get(i), r.get(i)));
        }
        if (a instanceof Map<?, ?> l && b instanceof Map<?, ?> r) {
            return l.keySet().equals(r.keySet()) && l.keySet().stream().allMatch(key -> same(l.get(key), r.get(key)));
        }
        return java.util.Objects.equals(a, b);
    }

    private static @Nullable BigDecimal decimal(@Nullable Object value) {
        return switch (value) {
            case Integer number -> BigDecimal.valueOf(number);
            case Long number -> BigDecimal.valueOf(number);
            case BigInteger number -> new BigDecimal(number);
            case BigDecimal number -> number;
            case Double number when Double.isFinite(number) -> BigDecimal.valueOf(number);
            case null, default -> null;
        };
    }
}
