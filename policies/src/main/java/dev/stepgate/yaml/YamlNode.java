package dev.stepgate.yaml;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One value of a file, with its place. Immutable. */
public sealed interface YamlNode {

    Place place();

    /** What kind of value this is, as a message calls it. */
    String kind();

    /** This value and all below it as plain Java: String, Boolean, Long, BigInteger, BigDecimal, null, List, Map. */
    @Nullable
    Object plain();

    /**
     * A mapping.
     *
     * @param entries in file order; keys are unique
     * @param keyPlaces where each key stands
     */
    record YamlMap(Place place, Map<String, YamlNode> entries, Map<String, Place> keyPlaces) implements YamlNode {
        @Override
        public String kind() {
            return "a mapping";
        }

        @Override
        public Object plain() {
            Map<String, @Nullable Object> plain = new java.util.LinkedHashMap<>();
            entries.forEach((key, value) -> plain.put(key, value.plain()));
            return plain;
        }

        /** Where a key stands; the mapping's own place where it has no such key. */
        public Place placeOf(String key) {
            return keyPlaces.getOrDefault(key, place);
        }
    }

    /** A sequence. */
    record YamlList(Place place, List<YamlNode> items) implements YamlNode {
        @Override
        public String kind() {
            return "a list";
        }

        @Override
        public Object plain() {
            return items.stream()
                    .map(YamlNode::plain)
                    .collect(java.util.stream.Collectors.toCollection(java.util.ArrayList::new));
        }
    }

    /**
     * A single value.
     *
     * @param text as it stands in the file, without quotes
     * @param value String, Boolean, Long, BigInteger, BigDecimal or null, by YAML's core schema
     */
    record YamlScalar(Place place, String text, @Nullable Object value) implements YamlNode {
        @Override
        public String kind() {
            return switch (value) {
                case null -> "null";
                case String _ -> "a string";
                case Boolean _ -> "a boolean";
                default -> "a number";
            };
        }

        @Override
        public @Nullable Object plain() {
            return value;
        }
    }
}
