package dev.stepgate.policy.compile;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.ArgumentCheck.Broken;
import dev.stepgate.policy.ArgumentCheck.Verdict;
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
        return arguments -> Optional.ofNullable(broken(arguments, 0, "", test));
    }

    /** A check that there is nothing at this path. */
    ArgumentCheck absent() {
        return every(_ -> Verdict.FAILS);
    }

    private @Nullable Broken broken(
            @Nullable Object value, int depth, String at, Function<@Nullable Object, Verdict> test) {
        if (depth == segments.size()) {
            return switch (test.apply(value)) {
                case HOLDS -> null;
                case FAILS -> new Broken(at, false);
                case UNCLEAR -> new Broken(at, true);
            };
        }
        String segment = segments.get(depth);
        if (segment.equals("[]")) {
            return brokenItem(value, depth, at, test);
        }
        if (!(value instanceof Map<?, ?> map)) {
            return new Broken(at, true);
        }
        if (!map.containsKey(segment)) {
            return null;
        }
        String below = at + "/" + segment.replace("~", "~0").replace("/", "~1");
        return broken(map.get(segment), depth + 1, below, test);
    }

    private @Nullable Broken brokenItem(
            @Nullable Object value, int depth, String at, Function<@Nullable Object, Verdict> test) {
        if (!(value instanceof List<?> list)) {
            return new Broken(at, true);
        }
        @Nullable Broken unclear = null;
        for (int i = 0; i < list.size(); i++) {
            Broken broken = broken(list.get(i), depth + 1, at + "/" + i, test);
            if (broken != null && !broken.unclear()) {
                return broken;
            }
            unclear = unclear == null ? broken : unclear;
        }
        return unclear;
    }
}
