package dev.stepgate.policy.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuickSchemaTest {
    private static final int ROUNDS = Integer.getInteger("stepgate.fuzz", 20_000);
    private static final List<String> NAMES = List.of("a", "b", "c");

    /** Bounds and values meet at the ends of what fits into 64 bits. */
    private static final List<String> BOUNDS = List.of(
            "0",
            "3",
            "-1",
            "2.5",
            "1e2",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "1e400");

    private static final @Nullable Object[] VALUES = {
        null,
        "",
        "x",
        "\uD800",
        true,
        0,
        3,
        -2,
        100,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        new BigInteger("9223372036854775808"),
        1.0,
        2.5,
        new BigDecimal("3.000"),
        new BigDecimal("1e400")
    };

    @Test
    void acceptsNothingThatTheFullValidatorRefuses() throws SchemaRefused {
        Random random = new Random(17);
        int quick = 0;
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, @Nullable Object> schema = object(random, 2);
            ToolSchema full = ToolSchema.compile(PlainJson.text(schema));
            QuickSchema form = QuickSchema.of(PlainJson.node(schema)).orElse(null);
            quick += form == null ? 0 : 1;
            for (int i = 0; form != null && i < 8; i++) {
                Map<String, @Nullable Object> arguments = arguments(random, 2);
                if (form.accepts(arguments)) {
                    accepted++;
                    assertThat(full.validate(arguments))
                            .as("%s for %s", schema, arguments)
                            .isEmpty();
                }
            }
        }
        assertThat(quick).isGreaterThan(ROUNDS / 4);
        assertThat(accepted).isGreaterThan(ROUNDS / 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                {"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false,
                 "$schema":"http://json-schema.org/draft-07/schema#"}""", """
                {"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"A"}}}""", """
                {"type":"object","properties":{"a":{"type":"string","enum":["x","y"],"default":"y"}}}"""})
    void knowsWhatToolsMostlyAskFor(String schema) {
        QuickSchema form =
                QuickSchema.of(PlainJson.node(PlainJson.parse(schema))).orElseThrow();
        assertThat(form.accepts(Map.of("a", "x"))).isTrue();
        assertThat(form.accepts(Map.of("a", 1))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"object\",\"minProperties\":1}",
                "{\"type\":[\"object\"]}",
                "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"object\"}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"x\"}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"string\"}],\"maxLength\":3}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":false}}",
                "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
                "{\"type\":\"object\",\"$schema\":\"http://json-schema.org/draft-04/schema#\"}"
            })
    void leavesWhatItDoesNotKnowToTheFullValidator(String schema) {
        assertThat(QuickSchema.of(PlainJson.node(PlainJson.parse(schema)))).isEmpty();
    }

    private static Map<String, @Nullable Object> object(Random random, int depth) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        NAMES.stream().filter(_ -> random.nextInt(3) > 0).forEach(name -> properties.put(name, any(random, depth - 1)));
        Map<String, @Nullable Object> schema = new LinkedHashMap<>(Map.of("type", "object", "properties", properties));
        if (random.nextBoolean()) {
            schema.put("required", List.of(NAMES.get(random.nextInt(3))));
        }
        if (random.nextBoolean()) {
            schema.put("additionalProperties", random.nextBoolean());
        }
        return schema;
    }

    private static Map<String, @Nullable Object> any(Random random, int depth) {
        Map<String, @Nullable Object> schema = switch (random.nextInt(depth > 0 ? 10 : 7)) {
            case 0 -> new LinkedHashMap<>(Map.of("type", "string"));
            case 1 -> new LinkedHashMap<>(Map.of("type", "string", "enum", List.of("x", "y")));
            case 2 -> whole(random);
            case 3 -> new LinkedHashMap<>(Map.of("type", "number"));
            case 4 -> new LinkedHashMap<>(Map.of("type", "boolean"));
            case 5 -> new LinkedHashMap<>(Map.of("type", "null"));
            case 6 -> new LinkedHashMap<>();
            case 7 -> new LinkedHashMap<>(Map.of("type", "array", "items", any(random, depth - 1)));
            case 8 -> new LinkedHashMap<>(Map.of("anyOf", List.of(any(random, depth - 1), any(random, depth - 1))));
            default -> object(random, depth);
        };
        if (random.nextInt(30) == 0) {
            schema.put("const", "x"); // a keyword that has no quick form
        }
        return schema;
    }

    private static Map<String, @Nullable Object> whole(Random random) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>(Map.of("type", "integer"));
        for (String keyword : List.of("minimum", "maximum")) {
            if (random.nextInt(3) == 0) {
                schema.put(keyword, new BigDecimal(BOUNDS.get(random.nextInt(BOUNDS.size()))));
            }
        }
        return schema;
    }

    private static Map<String, @Nullable Object> arguments(Random random, int depth) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        NAMES.stream().filter(_ -> random.nextInt(3) > 0).forEach(name -> arguments.put(name, value(random, depth)));
        return arguments;
    }

    private static @Nullable Object value(Random random, int depth) {
        if (depth == 0 || random.nextInt(5) > 1) {
            return VALUES[random.nextInt(VALUES.length)];
        }
        if (random.nextBoolean()) {
            return arguments(random, depth - 1);
        }
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            list.add(value(random, depth - 1));
        }
        return list;
    }
}
