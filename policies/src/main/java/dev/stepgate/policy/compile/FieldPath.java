package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.ArgumentCheck.Verdict;
import dev.stepgate.policy.format.Constraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where in the arguments a constraint looks: names joined by dots, {@code []} for every item of a list. Looking never
 * fails: a value on the way that is neither object nor list where one is needed breaks the constraint.
 */
record FieldPath(List<String> segments) {

    static FieldPath of(String text) {
        List<String> segments = new ArrayList<>();
        for (String part : text.split("\\.", -1)) {
            String name = part;
            int lists = 0;
            while (name.endsWith("[]")) {
                name = name.substring(0, name.length() - 2);
                lists++;
            }
            segments.add(name);
            for (int i = 0; i < lists; i++) {
                segments.add("[]");
            }
        }
        return new FieldPath(List.copyOf(segments));
    }

    /** A check of every value at this path; where there is none, it holds. */
    ArgumentCheck every(Function<@Nullable Object, Verdict> test) {
        return new ArgumentCheck() {
            @Override
            public Optional<String> brokenBy(Map<String, @Nullable Object> arguments) {
                return Optional.ofNullable(broken(arguments, 0, test));
            }

            @Override
            public boolean mayHold(Map<String, @Nullable Object> arguments) {
                return FieldPath.this.mayHold(arguments, 0, test);
            }
        };
    }

    /** The same check, which says what it asks. */
    ArgumentCheck described(ArgumentCheck check, Constraint constraint) {
        String text = String.join(".", segments).replace(".[]", "[]") + " " + constraint.asked();
        return new ArgumentCheck() {
            @Override
            public Optional<String> brokenBy(Map<String, @Nullable Object> arguments) {
                return check.brokenBy(arguments);
            }

            @Override
            public boolean mayHold(Map<String, @Nullable Object> arguments) {
                return check.mayHold(arguments);
            }

            @Override
            public String describe() {
                return text;
            }
        };
    }

    /** A check that there is nothing at this path. */
    ArgumentCheck absent() {
        return every(_ -> Verdict.FAILS);
    }

    /** The pointer, from this depth on, of the first value for which the test does not clearly hold; or null. */
    private @Nullable String broken(@Nullable Object value, int depth, Function<@Nullable Object, Verdict> test) {
        if (depth == segments.size()) {
            return test.apply(value) == Verdict.HOLDS ? null : "";
        }
        String segment = segments.get(depth);
        if (segment.equals("[]")) {
            return brokenItem(value, depth, test);
        }
        if (!(value instanceof Map<?, ?> map)) {
            return "";
        }
        if (!map.containsKey(segment)) {
            return null;
        }
        String below = broken(map.get(segment), depth + 1, test);
        return below == null ? null : "/" + segment.replace("~", "~0").replace("/", "~1") + below;
    }

    private @Nullable String brokenItem(@Nullable Object value, int depth, Function<@Nullable Object, Verdict> test) {
        if (!(value instanceof List<?> list)) {
            return "";
        }
        for (int i = 0; i < list.size(); i++) {
            String below = broken(list.get(i), depth + 1, test);
            if (below != null) {
                return "/" + i + below;
            }
        }
        return null;
    }

    /** Of a list one item is enough: what must not be read must not be read beside something else either. */
    private boolean mayHold(@Nullable Object value, int depth, Function<@Nullable Object, Verdict> test) {
        if (depth == segments.size()) {
            return test.apply(value) != Verdict.FAILS;
        }
        String segment = segments.get(depth);
        if (segment.equals("[]")) {
            return !(value instanceof List<?> list) || list.stream().anyMatch(item -> mayHold(item, depth + 1, test));
        }
        return !(value instanceof Map<?, ?> map)
                || !map.containsKey(segment)
                || mayHold(map.get(segment), depth + 1, test);
    }
}
