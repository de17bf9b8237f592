package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.format.Constraint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A constraint on every value at a path; where there is none, it holds. Looking never fails: a value on the way that is
 * neither object nor list where one is needed breaks the constraint.
 */
final class FieldCheck implements ArgumentCheck {
    private final FieldPath path;
    private final Constraint constraint;
    private final ValueTest test;

    /** What most paths are: one name, whose pointer is made once. Null for others. */
    private final @Nullable String name;

    private final Optional<String> pointer;

    /** What a constraint asks of one value. Pure and total. */
    @FunctionalInterface
    interface ValueTest {
        Verdict of(@Nullable Object value);
    }

    /** What it asks of text; of a value of another type it can say nothing. */
    interface TextTest extends ValueTest {
        Verdict ofText(String text);

        @Override
        default Verdict of(@Nullable Object value) {
            return value instanceof String text ? ofText(text) : Verdict.UNCLEAR;
        }
    }

    FieldCheck(FieldPath path, Constraint constraint, ValueTest test) {
        this.path = path;
        this.constraint = constraint;
        this.test = test;
        this.name = path.isName() ? path.segments().getFirst() : null;
        this.pointer = path.isName() ? Optional.of("/" + escaped(path.segments().getFirst())) : Optional.empty();
    }

    @Override
    public Optional<String> brokenBy(Map<String, @Nullable Object> arguments) {
        if (name == null) {
            return Optional.ofNullable(broken(arguments, 0));
        }
        Object value = arguments.get(name);
        boolean holds = (value == null && !arguments.containsKey(name)) || test.of(value) == Verdict.HOLDS;
        return holds ? Optional.empty() : pointer;
    }

    @Override
    public boolean mayHold(Map<String, @Nullable Object> arguments) {
        return mayHold(arguments, 0);
    }

    @Override
    public String describe() {
        return path.text() + " " + constraint.asked();
    }

    /** The pointer, from this depth on, of the first value for which the test does not clearly hold; or null. */
    private @Nullable String broken(@Nullable Object value, int depth) {
        List<String> segments = path.segments();
        if (depth == segments.size()) {
            return test.of(value) == Verdict.HOLDS ? null : "";
        }
        String segment = segments.get(depth);
        if (segment.equals(FieldPath.ITEMS)) {
            return brokenItem(value, depth);
        }
        if (!(value instanceof Map<?, ?> map)) {
            return "";
        }
        if (!map.containsKey(segment)) {
            return null;
        }
        String below = broken(map.get(segment), depth + 1);
        return below == null ? null : "/" + escaped(segment) + below;
    }

    private @Nullable String brokenItem(@Nullable Object value, int depth) {
        if (!(value instanceof List<?> list)) {
            return "";
        }
        for (int i = 0; i < list.size(); i++) {
            String below = broken(list.get(i), depth + 1);
            if (below != null) {
                return "/" + i + below;
            }
        }
        return null;
    }

    /** Of a list one item is enough: what must not be read must not be read beside something else either. */
    private boolean mayHold(@Nullable Object value, int depth) {
        if (depth == path.segments().size()) {
            return test.of(value) != Verdict.FAILS;
        }
        String segment = path.segments().get(depth);
        if (!segment.equals(FieldPath.ITEMS)) {
            return !(value instanceof Map<?, ?> map)
                    || !map.containsKey(segment)
                    || mayHold(map.get(segment), depth + 1);
        }
        if (!(value instanceof List<?> list)) {
            return true;
        }
        for (Object item : list) {
            if (mayHold(item, depth + 1)) {
                return true;
            }
        }
        return false;
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
