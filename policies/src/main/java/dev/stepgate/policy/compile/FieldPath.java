package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
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

    /** A check that every value at this path passes a test; where there is none, it holds. */
    ArgumentCheck every(Predicate<@Nullable Object> test) {
        return arguments -> Optional.ofNullable(broken(arguments, 0, "", test));
    }

    /** A check that there is nothing at this path. */
    ArgumentCheck absent() {
        return every(_ -> false);
    }

    private @Nullable String broken(@Nullable Object value, int depth, String at, Predicate<@Nullable Object> test) {
        if (depth == segments.size()) {
            return test.test(value) ? null : at;
        }
        String segment = segments.get(depth);
        if (segment.equals("[]")) {
            return brokenItem(value, depth, at, test);
        }
        if (!(value instanceof Map<?, ?> map)) {
            return at;
        }
        if (!map.containsKey(segment)) {
            return null;
        }
        String below = at + "/" + segment.replace("~", "~0").replace("/", "~1");
        return broken(map.get(segment), depth + 1, below, test);
    }

    private @Nullable String brokenItem(
            @Nullable Object value, int depth, String at, Predicate<@Nullable Object> test) {
        if (!(value instanceof List<?> list)) {
            return at;
        }
        for (int i = 0; i < list.size(); i++) {
            String broken = broken(list.get(i), depth + 1, at + "/" + i, test);
            if (broken != null) {
                return broken;
            }
        }
        return null;
    }
}
