package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.ArgumentCheck.Verdict;
import dev.stepgate.policy.UnicodeForm;
import dev.stepgate.policy.compile.FieldCheck.TextTest;
import dev.stepgate.policy.compile.FieldCheck.ValueTest;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.path.PathWithin;
import dev.stepgate.policy.regex.BoundedPattern;
import dev.stepgate.policy.sql.ReadOnlySql;
import dev.stepgate.policy.url.UrlAllowed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns constraints into checks. Of a value of another type than it speaks of a
 * constraint can say nothing. Stateless. */
final class ConstraintCompiler {
    private static final int MAX_SMALL_DIGITS = 18;

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
        return new FieldCheck(path, constraint, test(constraint));
    }

    private static ValueTest test(Constraint constraint) throws Impossible {
        return switch (constraint) {
            case Constraint.Absent _ -> _ -> Verdict.FAILS;
            case Constraint.OneOf oneOf -> oneOf(oneOf.values());
            case Constraint.NoneOf noneOf -> noneOf(noneOf.values());
            case Constraint.Min min -> number(min.value(), 1);
            case Constraint.Max max -> number(max.value(), -1);
            case Constraint.MaxLength max -> maxLength(max.codePoints());
            case Constraint.MaxItems max -> maxItems(max.items());
            case Constraint.Pattern pattern -> matcher(pattern.expression());
            case Constraint.Within within -> within(within.folder());
            case Constraint.Url url -> text(new UrlAllowed(url.schemes(), url.hosts(), url.ports())::check);
            case Constraint.Sql _ -> text(ReadOnlySql::check);
            case Constraint.NoLeadingDash _ -> text(ConstraintCompiler::noLeadingDash);
        };
    }

    private static TextTest text(TextTest test) {
        return test;
    }

    /** Text has at most as many code points as characters. */
    private static TextTest maxLength(int codePoints) {
        return text -> Verdict.of(text.length() <= codePoints || text.codePointCount(0, text.length()) <= codePoints);
    }

    private static ValueTest maxItems(int items) {
        return value -> value instanceof List<?> list ? Verdict.of(list.size() <= items) : Verdict.UNCLEAR;
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

    /**
     * A bound for numbers. Most numbers and bounds are whole and small, and need no conversion to be compared.
     *
     * @param sign 1 where a number must not be less, -1 where it must not be greater
     */
    private static ValueTest number(BigDecimal bound, int sign) {
        int wrong = -sign;
        ValueTest any = value -> {
            BigDecimal number = decimal(value);
            return number == null ? Verdict.UNCLEAR : Verdict.of(Integer.signum(number.compareTo(bound)) != wrong);
        };
        if (bound.scale() != 0 || bound.precision() > MAX_SMALL_DIGITS) {
            return any;
        }
        long whole = bound.longValueExact();
        return value -> value instanceof Integer small
                ? Verdict.of(Integer.signum(Long.compare(small, whole)) != wrong)
                : any.of(value);
    }

    private static ValueTest oneOf(List<@Nullable Object> allowed) {
        return value -> isUnclear(value) ? Verdict.UNCLEAR : Verdict.of(isAmong(allowed, value));
    }

    /** A value of a type that none of the refused ones has was not thought of; but all are clearly not null. */
    private static ValueTest noneOf(List<@Nullable Object> refused) {
        Set<String> kinds = refused.stream().map(ConstraintCompiler::kind).collect(Collectors.toUnmodifiableSet());
        boolean anyKind = kinds.contains(kind(null));
        return value -> isUnclear(value) || !(anyKind || kinds.contains(kind(value)))
                ? Verdict.UNCLEAR
                : Verdict.of(!isAmong(refused, value));
    }

    private static boolean isAmong(List<@Nullable Object> values, @Nullable Object value) {
        for (Object one : values) {
            if (same(one, value)) {
                return true;
            }
        }
        return false;
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

    private static TextTest matcher(String expression) throws Impossible {
        try {
            BoundedPattern pattern = BoundedPattern.compile(expression);
            return text -> isUnclear(text) ? Verdict.UNCLEAR : Verdict.of(pattern.matches(text));
        } catch (IllegalArgumentException refused) {
            throw new Impossible(String.valueOf(refused.getMessage()));
        }
    }

    private static TextTest within(String folder) throws Impossible {
        if (!PathWithin.isFolder(folder)) {
            throw new Impossible("`" + folder + "` is no absolute folder");
        }
        return PathWithin.folder(folder)::check;
    }

    /** JSON equality: numbers by value, whatever their Java type. */
    private static boolean same(@Nullable Object a, @Nullable Object b) {
        if (a instanceof String || b instanceof String) {
            return a != null && a.equals(b);
        }
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
