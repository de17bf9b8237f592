package dev.stepgate.policy.result;

import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.schema.PlainJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of results what is withheld. Pointers speak of the structured result; the same text usually stands in the content
 * as JSON too, so text is read as JSON and treated alike, and text that is no JSON is withheld whole. Immutable.
 */
final class Redaction {
    static final String WITHHELD = "[withheld]";

    private final List<List<String>> pointers;
    private final Detectors detectors;

    Redaction(ResultTerms terms) {
        this.pointers = terms.pointers().stream().map(Redaction::segments).toList();
        this.detectors = new Detectors(terms.detectors());
    }

    private static List<String> segments(String pointer) {
        List<String> segments = new ArrayList<>();
        for (String segment : pointer.substring(1).split("/", -1)) {
            segments.add(segment.replace("~1", "/").replace("~0", "~"));
        }
        return segments;
    }

    Map<String, @Nullable Object> of(Map<String, @Nullable Object> result) {
        Map<String, @Nullable Object> passed = new LinkedHashMap<>();
        result.forEach((key, value) -> passed.put(
                key,
                switch (key) {
                    case "structuredContent" -> structured(value);
                    case "content" -> content(value);
                    default -> detectors.withheld(value);
                }));
        return passed;
    }

    private @Nullable Object structured(@Nullable Object value) {
        @Nullable Object left = value;
        for (List<String> pointer : pointers) {
            left = without(left, pointer, 0);
        }
        return detectors.withheld(left);
    }

    private @Nullable Object content(@Nullable Object value) {
        if (!(value instanceof List<?> items)) {
            return detectors.withheld(value);
        }
        List<@Nullable Object> passed = new ArrayList<>();
        items.forEach(item -> passed.add(item instanceof Map<?, ?> map ? item(map) : WITHHELD));
        return passed;
    }

    private Map<String, @Nullable Object> item(Map<?, ?> item) {
        Map<String, @Nullable Object> passed = new LinkedHashMap<>();
        item.forEach((key, value) -> {
            boolean text = "text".equals(key) && value instanceof String;
            passed.put(
                    String.valueOf(key),
                    text && !pointers.isEmpty() ? json(String.valueOf(value)) : detectors.withheld(value));
        });
        return passed;
    }

    private String json(String text) {
        try {
            return PlainJson.text(structured(PlainJson.parse(text)));
        } catch (IllegalArgumentException noJson) {
            return WITHHELD;
        }
    }

    private static @Nullable Object without(@Nullable Object value, List<String> pointer, int depth) {
        if (depth == pointer.size()) {
            return WITHHELD;
        }
        String segment = pointer.get(depth);
        boolean all = segment.equals("*");
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> left = new LinkedHashMap<>();
                map.forEach((key, one) -> left.put(
                        String.valueOf(key), all || segment.equals(key) ? without(one, pointer, depth + 1) : one));
                yield left;
            }
            case List<?> list -> {
                List<@Nullable Object> left = new ArrayList<>();
                for (int i = 0; i < list.size(); i++) {
                    boolean meant = all || segment.equals(String.valueOf(i));
                    left.add(meant ? without(list.get(i), pointer, depth + 1) : list.get(i));
                }
                yield left;
            }
            case null, default -> value;
        };
    }
}
