package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.ArgumentCheck.Verdict;
import dev.stepgate.policy.UnicodeForm;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.path.PathWithin;
import dev.stepgate.policy.regex.BoundedPattern;
import dev.stepgate.policy.sql.ReadOnlySql;
import dev.stepgate.policy.url.UrlAllowed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Turns constraints into checks. Of a value of another type than it speaks of a
 * constraint can say nothing. Stateless. */
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
        return path.described(check(path, constraint), constraint);
    }

    private static ArgumentCheck check(FieldPath path, Constraint constraint) throws Impossible {
        return switch (constraint) {
            case Constraint.Absent _ -> path.absent();
            case Constraint.OneOf oneOf -> path.every(value -> oneOf(oneOf.values(), value));
            case Constraint.NoneOf noneOf -> path.every(value -> noneOf(noneOf.values(), value));
            case Constraint.Min min -> path.every(number(value -> value.compareTo(min.value()) >= 0));
            case Constraint.Max max -> path.every(number(value -> value.compareTo(max.value()) <= 0));
            case Constraint.MaxLength max ->
                path.every(text(text -> Verdict.of(text.codePointCount(0, text.length()) <= max.codePoints())));
            case Constraint.MaxItems max ->
                path.every(value ->
                        value instanceof List<?> list ? Verdict.of(list.size() <= max.items()) : Verdict.UNCLEAR);
            case Constraint.Pattern pattern -> path.every(text(matcher(pattern.expression())));
            case Constraint.Within within -> path.every(text(within(within.folder())));
            case Constraint.Url url -> path.every(text(new UrlAllowed(url.schemes(), url.hosts(), url.ports())::check));
            case Constraint.Sql _ -> path.every(text(ReadOnlySql::check));
            case Constraint.NoLeadingDash _ -> path.every(text(ConstraintCompiler::noLeadingDash));
        };
    }

    /** Dashes that look like one, and what shows as nothing before one, are taken for one by some shells and models. */
    private static Verdict noLeadingDash(String text) {
        int first = text.codePoints()
                .dropWhile(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))
                .findFirst()
                .orElse(' ');
        boolean hidden = Character.isISOControl(first)
                || Character.getType(first) == Character.FORMAT
                || (first != '-' && Character.getType(first) == Character.DASH_PUNCTUATION)
                || first == '\u2212';
        return hidden ? Verdict.UNCLEAR : Verdict.of(first != '-');
    }

    private static Function<@Nullable Object, Verdict> text(Function<String, Verdict> test) {
        return value -> value instanceof String text ? test.apply(text) : Verdict.UNCLEAR;
    }

    private static Function<@Nullable Object, Verdict> number(Predicate<BigDecimal> test) {
        return value -> {
            BigDecimal number = decimal(value);
            return number == null ? Verdict.UNCLEAR : Verdict.of(test.test(number));
        };
    }

    private static Verdict oneOf(List<@Nullable Object> allowed, @Nullable Object value) {
        return isUnclear(value) ? Verdict.UNCLEAR : Verdict.of(allowed.stream().anyMatch(one -> same(one, value)));
    }

    /** A value of a type that none of the refused ones has was not thought of; but all are clearly not null. */
    private static Verdict noneOf(List<@Nullable Object> refused, @Nullable Object value) {
        boolean known =
                refused.stream().anyMatch(one -> one == null || kind(one).equals(kind(value)));
        return isUnclear(value) || !known
                ? Verdict.UNCLEAR
                : Verdict.of(refused.stream().noneMatch(one -> same(one, value)));
    }

    /** Text that is not in normalisation form C shows like other text, and two readers may differ on it. */
    private static boolean isUnclear(@Nullable Object value) {
        return value instanceof String text && !UnicodeForm.isC(text);
    }

    private static String kind(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case String _ -> "string";
            case Boolean _ -> "boolean";
            case List<?> _ -> "array";
            case Map<?, ?> _ -> "object";
            default -> "number";
        };
    }

    private static Function<String, Verdict> matcher(String expression) throws Impossible {
        try {
            BoundedPattern pattern = BoundedPattern.compile(expression);
            return text -> isUnclear(text) ? Verdict.UNCLEAR : Verdict.of(pattern.matches(text));
        } catch (IllegalArgumentException refused) {
            throw new Impossible(String.valueOf(refused.getMessage()));
        }
    }

    private static Function<String, Verdict> within(String folder) throws Impossible {
        if (!PathWithin.isFolder(folder)) {
            throw new Impossible("`" + folder + "` is no absolute folder");
        }
        return PathWithin.folder(folder)::check;
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
