package dev.stepgate.policy.result;

import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.schema.PlainJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of results what is withheld. Pointers speak of the structured result; the same text usually stands in the content
 * as JSON too, so text is read as JSON and treated alike, and text that is no JSON is withheld whole. What an OpenEnv
 * environment says in its own form, error texts included, is held to the same. Immutable.
 */
final class Redaction {
    static final String WITHHELD = "[withheld]";

    /** Under this key servers put what has no names of its own; in the content it then stands without the key. */
    private static final String WRAP = "result";

    private final List<List<String>> pointers;
    private final List<List<String>> inText;
    private final Detectors detectors;

    Redaction(ResultTerms terms) {
        this.pointers = terms.pointers().stream().map(Redaction::segments).toList();
        List<List<String>> all = new ArrayList<>(pointers);
        for (List<String> pointer : pointers) {
            if (pointer.getFirst().equals(WRAP)) {
                all.add(pointer.subList(1, pointer.size()));
            }
        }
        this.inText = List.copyOf(all);
        this.detectors = new Detectors(terms.detectors());
    }

    private static List<String> segments(String pointer) {
        List<String> segments = new ArrayList<>();
        for (String segment : pointer.substring(1).split("/", -1)) {
            segments.add(segment.replace("~1", "/").replace("~0", "~"));
        }
        return List.copyOf(segments);
    }

    /** An MCP result. */
    Map<String, @Nullable Object> of(Map<?, ?> result) {
        return each(result, (key, value) -> switch (key) {
            case "structuredContent" -> structured(value);
            case "content" -> content(value);
            default -> detectors.withheld(value);
        });
    }

    /** The observation of an OpenEnv environment, or what it says beside one. */
    Map<String, @Nullable Object> ofObservation(Map<String, @Nullable Object> fields) {
        Map<String, @Nullable Object> known = each(fields, (key, value) -> switch (key) {
            case WRAP -> ownResult(value);
            case "error" ->
                value instanceof Map<?, ?> error
                        ? each(error, (part, said) -> part.equals("error_type") ? said : text(said))
                        : text(value);
            default -> value;
        });
        return each(known, (key, value) -> {
            @Nullable Object left = value;
            for (List<String> pointer : pointers) {
                if (pointer.getFirst().equals("*") || pointer.getFirst().equals(key)) {
                    left = without(left, pointer, 1);
                }
            }
            return detectors.withheld(left);
        });
    }

    private @Nullable Object ownResult(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.get("content") instanceof List<?> ? of(map) : structured(value);
        }
        return text(value);
    }

    private @Nullable Object structured(@Nullable Object value) {
        @Nullable Object left = value;
        for (List<String> pointer : pointers) {
            left = without(left, pointer, 0);
        }
        return left instanceof Map<?, ?> map && map.size() == 1 && map.get(WRAP) instanceof String
                ? each(map, (_, text) -> text(text))
                : detectors.withheld(left);
    }

    private @Nullable Object content(@Nullable Object value) {
        if (!(value instanceof List<?> items)) {
            return detectors.withheld(value);
        }
        List<@Nullable Object> passed = new ArrayList<>();
        items.forEach(item -> passed.add(item instanceof Map<?, ?> map ? item(map) : WITHHELD));
        return passed;
    }

    /** A content item, or the resource in one. */
    private Map<String, @Nullable Object> item(Map<?, ?> item) {
        return each(item, (key, value) -> switch (key) {
            case "text" -> text(value);
            case "blob" -> pointers.isEmpty() ? value : WITHHELD;
            case "resource" -> value instanceof Map<?, ?> resource ? item(resource) : WITHHELD;
            default -> detectors.withheld(value);
        });
    }

    /** Text in which pointers may point at something. */
    private @Nullable Object text(@Nullable Object value) {
        if (pointers.isEmpty() || !(value instanceof String text)) {
            return detectors.withheld(value);
        }
        if (text.equals(WITHHELD)) {
            return text;
        }
        try {
            @Nullable Object left = PlainJson.parse(text);
            for (List<String> pointer : inText) {
                left = without(left, pointer, 0);
            }
            left = detectors.withheld(left);
            return left instanceof String whole ? whole : PlainJson.text(left);
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
            case Map<?, ?> map ->
                each(map, (key, one) -> all || segment.equals(key) ? without(one, pointer, depth + 1) : one);
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

    private static Map<String, @Nullable Object> each(
            Map<?, ?> map, BiFunction<String, @Nullable Object, @Nullable Object> change) {
        Map<String, @Nullable Object> left = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((key, value) -> left.put(String.valueOf(key), change.apply(String.valueOf(key), value)));
        return left;
    }
}
