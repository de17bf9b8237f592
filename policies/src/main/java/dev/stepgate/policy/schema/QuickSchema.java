package dev.stepgate.policy.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Accepts what surely fits a schema, without the tree and the bookkeeping of a full validator. Most tools ask for no more than
 * named arguments of one type each; a schema that asks for anything else has no quick form. Values that it does not accept
 * may fit all the same: those the full validator judges, and it alone says what is wrong. Immutable and thread-safe.
 */
sealed interface QuickSchema {

    /** Whether the value surely fits. */
    boolean accepts(@Nullable Object value);

    /** The quick form of an admitted schema of JSON Schema 2020-12 or draft 7, which agree on all that is read here. */
    static Optional<QuickSchema> of(JsonNode schema) {
        return Optional.ofNullable(new Reader(schema).read());
    }

    /** Values of one JSON type, with nothing else asked of them. */
    enum Plain implements QuickSchema {
        ANYTHING,
        STRING,
        BOOLEAN,
        NUMBER,
        NULL;

        @Override
        public boolean accepts(@Nullable Object value) {
            return switch (this) {
                case ANYTHING -> true;
                case STRING -> value instanceof String;
                case BOOLEAN -> value instanceof Boolean;
                case NUMBER ->
                    value instanceof Integer
                            || value instanceof Long
                            || value instanceof BigInteger
                            || value instanceof Double
                            || value instanceof BigDecimal;
                case NULL -> value == null;
            };
        }
    }

    /** A whole number; one written as 1.0 is left to the full validator. */
    record Whole(long least, long most) implements QuickSchema {
        @Override
        public boolean accepts(@Nullable Object value) {
            return switch (value) {
                case Integer number -> least <= number && number <= most;
                case Long number -> least <= number && number <= most;
                case null, default -> false;
            };
        }
    }

    /** One of these strings. */
    record OneOf(Set<String> values) implements QuickSchema {
        @Override
        public boolean accepts(@Nullable Object value) {
            return value instanceof String text && values.contains(text);
        }
    }

    /** Whatever one of these accepts. */
    record AnyOf(List<QuickSchema> some) implements QuickSchema {
        @Override
        public boolean accepts(@Nullable Object value) {
            for (QuickSchema one : some) {
                if (one.accepts(value)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** A list of such items. */
    record Items(QuickSchema item) implements QuickSchema {
        @Override
        public boolean accepts(@Nullable Object value) {
            if (!(value instanceof List<?> list)) {
                return false;
            }
            for (Object one : list) {
                if (!item.accepts(one)) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * An object.
     *
     * @param open whether it may have other names than these
     */
    record Fields(Map<String, QuickSchema> fields, List<String> required, boolean open) implements QuickSchema {
        @Override
        public boolean accepts(@Nullable Object value) {
            if (!(value instanceof Map<?, ?> map)) {
                return false;
            }
            for (String name : required) {
                if (!map.containsKey(name)) {
                    return false;
                }
            }
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                QuickSchema field = fields.get(String.valueOf(entry.getKey()));
                if (field == null ? !open : !field.accepts(entry.getValue())) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Reads one schema; null stands for one that has no quick form. */
    final class Reader {
        private static final Set<String> DIALECTS = Set.of(
                "https://json-schema.org/draft/2020-12/schema",
                "http://json-schema.org/draft-07/schema#",
                "http://json-schema.org/draft-07/schema");
        private static final Set<String> ANNOTATIONS =
                Set.of("$comment", "title", "description", "default", "examples", "deprecated");

        private final JsonNode schema;

        /** The keywords that are not read yet. */
        private final Set<String> left = new HashSet<>();

        private Reader(JsonNode schema) {
            this.schema = schema;
            schema.fieldNames().forEachRemaining(left::add);
            left.removeAll(ANNOTATIONS);
        }

        private @Nullable QuickSchema read() {
            if (!schema.isObject()
                    || (left.remove("$schema")
                            && !DIALECTS.contains(schema.path("$schema").asText()))) {
                return null;
            }
            QuickSchema read = left.isEmpty() ? Plain.ANYTHING : left.remove("anyOf") ? anyOf() : typed();
            return left.isEmpty() ? read : null;
        }

        private @Nullable QuickSchema typed() {
            left.remove("type");
            return switch (schema.path("type").asText()) {
                case "object" -> object();
                case "array" -> array();
                case "string" -> left.remove("enum") ? oneOf() : Plain.STRING;
                case "integer" -> whole();
                case "number" -> Plain.NUMBER;
                case "boolean" -> Plain.BOOLEAN;
                case "null" -> Plain.NULL;
                default -> null;
            };
        }

        private @Nullable QuickSchema anyOf() {
            List<QuickSchema> some = new ArrayList<>();
            for (JsonNode one : schema.path("anyOf")) {
                QuickSchema read = new Reader(one).read();
                if (read == null) {
                    return null;
                }
                some.add(read);
            }
            return new AnyOf(List.copyOf(some));
        }

        private @Nullable QuickSchema object() {
            JsonNode more = schema.path("additionalProperties");
            if (left.remove("additionalProperties") && !more.isBoolean()) {
                return null;
            }
            left.remove("properties");
            left.remove("required");
            Map<String, QuickSchema> fields = new HashMap<>();
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                QuickSchema field = new Reader(property.getValue()).read();
                if (field == null) {
                    return null;
                }
                fields.put(property.getKey(), field);
            }
            List<String> required = new ArrayList<>();
            schema.path("required").forEach(name -> required.add(name.asText()));
            return new Fields(Map.copyOf(fields), List.copyOf(required), more.asBoolean(true));
        }

        private @Nullable QuickSchema array() {
            QuickSchema item = left.remove("items") ? new Reader(schema.path("items")).read() : Plain.ANYTHING;
            return item == null ? null : new Items(item);
        }

        private QuickSchema oneOf() {
            Set<String> values = new HashSet<>();
            for (JsonNode value : schema.path("enum")) {
                if (value.isTextual()) {
                    values.add(value.textValue());
                }
            }
            return new OneOf(Set.copyOf(values));
        }

        private @Nullable QuickSchema whole() {
            JsonNode least = schema.path("minimum");
            JsonNode most = schema.path("maximum");
            if ((left.remove("minimum") && !isLong(least)) || (left.remove("maximum") && !isLong(most))) {
                return null;
            }
            return new Whole(least.asLong(Long.MIN_VALUE), most.asLong(Long.MAX_VALUE));
        }

        private static boolean isLong(JsonNode bound) {
            return bound.isIntegralNumber() && bound.canConvertToLong();
        }
    }
}
