package dev.stepgate.policy.regex;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An RE2 expression. Matching takes time linear in the input; but counted repetitions multiply, so that a short text such as
 * {@code ((a{1000}){1000}){1000}} would compile to a program larger than memory. Its size is therefore estimated before it
 * is compiled. Immutable and thread-safe.
 */
public final class BoundedPattern {
    private static final int MAX_CHARACTERS = 1_000;
    private static final long MAX_PROGRAM = 10_000;

    private static final String ANYTHING = ".*";
    private static final String SPECIAL = "\\.+*?()[]{}|^$";

    private final Pattern pattern;
    private final Predicate<String> whole;

    private BoundedPattern(Pattern pattern, Predicate<String> whole) {
        this.pattern = pattern;
        this.whole = whole;
    }

    /**
     * Compiles an expression.
     *
     * @throws IllegalArgumentException with one sentence when it is no RE2 expression or too large
     */
    public static BoundedPattern compile(String expression) {
        if (expression.length() > MAX_CHARACTERS || programSize(expression) > MAX_PROGRAM) {
            throw new IllegalArgumentException("a pattern is too large");
        }
        try {
            Pattern pattern = Pattern.compile(expression, Pattern.DOTALL);
            Predicate<String> literal = literal(expression);
            return new BoundedPattern(pattern, literal == null ? pattern::matches : literal);
        } catch (PatternSyntaxException | StackOverflowError unsupported) {
            throw new IllegalArgumentException("`" + expression + "` is no RE2 expression", unsupported);
        }
    }

    /** Whether it matches from end to end. */
    public boolean matches(String text) {
        return whole.test(text);
    }

    /** What an expression asks of a whole text if it is a literal, perhaps with anything around it; else null. */
    private static @Nullable Predicate<String> literal(String expression) {
        boolean before = expression.startsWith(ANYTHING);
        String rest = before ? expression.substring(ANYTHING.length()) : expression;
        boolean after = rest.endsWith(ANYTHING);
        String literal = after ? rest.substring(0, rest.length() - ANYTHING.length()) : rest;
        if (literal.chars().anyMatch(c -> SPECIAL.indexOf(c) >= 0 || Character.isSurrogate((char) c))) {
            return null;
        }
        if (before) {
            return after ? text -> text.contains(literal) : text -> text.endsWith(literal);
        }
        return after ? text -> text.startsWith(literal) : text -> text.equals(literal);
    }

    /** Whether it matches anywhere. */
    public boolean finds(String text) {
        return pattern.matcher(text).find();
    }

    /** An upper bound for the size of the program: atoms, multiplied by the counted repetitions around them. */
    private static long programSize(String expression) {
        Deque<Long> enclosing = new ArrayDeque<>();
        long total = 0;
        long last = 0;
        for (int i = 0; i < expression.length(); i++) {
            switch (expression.charAt(i)) {
                case '\\' -> {
                    total += last;
                    last = 1;
                    i++;
                }
                case '[' -> {
                    total += last;
                    last = 8;
                    i = endOfClass(expression, i);
                }
                case '(' -> {
                    enclosing.push(total + last);
                    total = 0;
                    last = 0;
                }
                case ')' -> {
                    last += total + 2;
                    total = enclosing.isEmpty() ? 0 : enclosing.pop();
                }
                case '{' -> {
                    int end = expression.indexOf('}', i);
                    last = Math.min(last * largestCount(expression, i, end), Long.MAX_VALUE / MAX_CHARACTERS / 2);
                    i = end < 0 ? i : end;
                }
                default -> {
                    total += last;
                    last = 1;
                }
            }
            if (total + last > MAX_PROGRAM) {
                return total + last;
            }
        }
        return total + last;
    }

    private static int endOfClass(String expression, int start) {
        for (int i = start + 1; i < expression.length(); i++) {
            if (expression.charAt(i) == '\\') {
                i++;
            } else if (expression.charAt(i) == ']' && i > start + 1) {
                return i;
            }
        }
        return expression.length();
    }

    private static long largestCount(String expression, int start, int end) {
        long largest = 1;
        long number = 0;
        for (int i = start + 1; i < end; i++) {
            char c = expression.charAt(i);
            number = Character.isDigit(c) ? Math.min(number * 10 + Character.digit(c, 10), MAX_PROGRAM + 1) : 0;
            largest = Math.max(largest, number + 1);
        }
        return largest;
    }
}
