package dev.stepgate.policy.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.policy.ArgumentsSchema.Mismatch;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ToolSchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> KEYWORDS = List.of(
            "$ref",
            "$id",
            "$schema",
            "$defs",
            "$anchor",
            "$dynamicRef",
            "$dynamicAnchor",
            "$recursiveRef",
            "$comment",
            "$vocabulary",
            "type",
            "properties",
            "required",
            "items",
            "prefixItems",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "pattern",
            "enum",
            "const",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "if",
            "then",
            "else",
            "minimum",
            "multipleOf",
            "maxLength",
            "minItems",
            "uniqueItems",
            "contains",
            "minContains",
            "format",
            "dependentRequired",
            "dependentSchemas",
            "unevaluatedProperties",
            "definitions",
            "default");
    private static final List<String> SCALARS = List.of(
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1.5",
            "1e400",
            "99999999999999999999",
            "\"\"",
            "\"#\"",
            "\"#/\"",
            "\"#/$defs/a\"",
            "\"#/properties\"",
            "\"#a\"",
            "\"http://h.invalid/s\"",
            "\"string\"",
            "\"object\"",
            "\"(\"",
            "\"a+\"",
            "\"(?=a)\"",
            "\"https://json-schema.org/draft/2020-12/schema\"",
            "\"date\"",
            "\"\\ud800\"",
            "\"%zz\"");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "[]                                                    | an input schema must be an object",
                "true                                                  | an input schema must be an object",
                "null                                                  | an input schema must be an object",
                "^^                                                    | an input schema must be an object",
                "{                                                     | the input schema cannot be read",
                "{\"$ref\": \"#\"}                                     | a `$ref` of the schema leads back to itself",
                "{\"allOf\": [{\"$ref\": \"#\"}]}                      | a `$ref` of the schema leads back to itself",
                "{\"not\": {\"anyOf\": [{}, {\"$ref\": \"#\"}]}}       | a `$ref` of the schema leads back to itself",
                "{\"if\": {}, \"then\": {\"$ref\": \"#\"}}             | a `$ref` of the schema leads back to itself",
                "{\"properties\": {\"a\": {\"$ref\": \"#/$defs/b\"}}, \"$defs\": {\"b\": {\"$ref\": \"#/$defs/c\"}, "
                        + "\"c\": {\"$ref\": \"#/$defs/b\"}}}          | a `$ref` of the schema leads back to itself",
                "{\"$ref\": \"http://h.invalid/s\"}                    | a `$ref` of the schema leaves the document; "
                        + "nothing is fetched",
                "{\"items\": {\"$ref\": \"file:///etc/passwd\"}}       | a `$ref` of the schema leaves the document; "
                        + "nothing is fetched",
                "{\"items\": {\"$ref\": \"other.json#/a\"}}            | a `$ref` of the schema leaves the document; "
                        + "nothing is fetched",
                "{\"items\": {\"$ref\": \"#anchor\"}}                  | a `$ref` of the schema leaves the document; "
                        + "nothing is fetched",
                "{\"items\": {\"$ref\": \"#/nowhere\"}}                | a `$ref` of the schema leads nowhere",
                "{\"items\": {\"$dynamicRef\": \"#x\"}}                | `$dynamicRef` is not admitted",
                "{\"items\": {\"$recursiveRef\": \"#\"}}               | `$recursiveRef` is not admitted",
                "{\"items\": {\"pattern\": \"(?=a)\"}}                 | a `pattern` of the schema is no RE2 expression of bounded size",
                "{\"items\": {\"pattern\": \"(a)\\\\1\"}}              | a `pattern` of the schema is no RE2 expression of bounded size",
                "{\"items\": {\"pattern\": \"((a{999}){999}){999}\"}}  | a `pattern` of the schema is no RE2 expression of bounded size",
                "{\"patternProperties\": {\"(\": {}}}                  | a `pattern` of the schema is no RE2 expression of bounded size",
                "{\"type\": \"nonsense\", \"$schema\": \"http://h.invalid/meta\"} | the input schema cannot be read"
            })
    void refuses(String schema, String sentence) {
        assertThat(refusal(schema).sentence()).isEqualTo(sentence);
    }

    @Test
    void takesThirtyTwoLevelsAndNotOneMore() {
        assertThatCode(() -> ToolSchema.compile(nested(31))).doesNotThrowAnyException();
        assertThat(refusal(nested(32)).sentence()).isEqualTo("the schema is nested deeper than 32 levels");
        assertThat(refusal("{\"not\":".repeat(900) + "{}" + "}".repeat(900)).sentence())
                .isEqualTo("the schema is nested deeper than 32 levels");
    }

    @Test
    void refusesMoreThan64KibiCharacters() {
        String head = "{\"title\":\"";
        String exact = head + "x".repeat(64 * 1024 - head.length() - 2) + "\"}";

        assertThatCode(() -> ToolSchema.compile(exact)).doesNotThrowAnyException();
        assertThat(refusal(exact + " ").sentence()).isEqualTo("the schema is larger than 65536 characters");
    }

    @Test
    void refusesMoreThanTwoThousandSubschemas() {
        assertThat(refusal("{\"anyOf\":[" + "{},".repeat(2_000) + "{}]}").sentence())
                .isEqualTo("the schema has more than 2000 subschemas");
    }

    @Test
    void refusesAnExpressionThatIsTooDeepToCompile() {
        String deep = "(".repeat(20_000) + ")".repeat(20_000);

        assertThat(refusal("{\"pattern\":\"" + deep + "\"}").sentence())
                .isEqualTo("a `pattern` of the schema is no RE2 expression of bounded size");
        assertThat(refusal("{\"patternProperties\":{\"" + deep + "\":{}}}").sentence())
                .isEqualTo("a `pattern` of the schema is no RE2 expression of bounded size");
    }

    @Test
    void admitsAReferenceThatConsumesInput() throws SchemaRefused {
        ToolSchema tree = ToolSchema.compile(
                "{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#\"},\"v\":{\"type\":\"string\"}}}");

        assertThat(tree.check(arguments("{\"n\":{\"n\":{\"v\":\"x\"}}}"))).isEmpty();
        assertThat(tree.check(arguments("{\"n\":{\"n\":{\"v\":1}}}"))).contains(new Mismatch("/n/n/v", "type string"));
    }

    @Test
    void admitsTheSameReferenceTwice() {
        assertThatCode(() -> ToolSchema.compile(
                        "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/d\"},\"b\":{\"$ref\":\"#/$defs/d\"}},"
                                + "\"$defs\":{\"d\":{\"type\":\"string\"}}}"))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://json-schema.org/draft-04/schema#",
                "http://json-schema.org/draft-06/schema#",
                "http://json-schema.org/draft-07/schema#",
                "https://json-schema.org/draft/2019-09/schema",
                "https://json-schema.org/draft/2020-12/schema"
            })
    void admitsTheKnownDrafts(String draft) throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile("{\"$schema\":\"" + draft
                + "\",\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}");

        assertThat(schema.check(arguments("{\"a\":1}"))).isEmpty();
        assertThat(schema.check(arguments("{\"a\":\"1\"}"))).contains(new Mismatch("/a", "type integer"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                    | /path      | a value: it is required",
                "{\"path\": 1}         | /path      | type string",
                "{\"path\": null}      | /path      | type string",
                "{\"path\": \"\"}      | /path      | minLength 1",
                "{\"path\": \"B\"}     | /path      | pattern ^[a-z/]+$",
                "{\"path\": \"a\", \"extra\": 1} | `` | no arguments but those of the schema",
                "{\"path\": \"a\", \"o\": {}} | /o/s~1t~0 | a value: it is required",
                "{\"path\": \"a\", \"l\": [1, \"x\"]} | /l/1 | type [\"integer\",\"null\"]",
                "{\"path\": \"a\", \"e\": 3} | /e      | enum [1,2]"
            })
    void namesWhereArgumentsDoNotFitAndWhatWasExpected(String arguments, String field, String expected)
            throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile("""
                {"type": "object", "required": ["path"], "additionalProperties": false, "properties": {
                  "path": {"type": "string", "minLength": 1, "pattern": "^[a-z/]+$"},
                  "o": {"type": "object", "required": ["s/t~"]},
                  "l": {"items": {"type": ["integer", "null"]}},
                  "e": {"enum": [1, 2]}}}""");

        assertThat(schema.check(arguments(arguments))).contains(new Mismatch(field, expected));
    }

    @Test
    void quotesNothingOfTheArguments() throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile(
                "{\"additionalProperties\":false,\"patternProperties\":{\"^k\":{\"type\":\"null\"}}}");

        assertThat(schema.check(arguments("{\"secret\":\"secret\"}")))
                .hasValueSatisfying(mismatch -> assertThat(mismatch.expected()).doesNotContain("secret"));
    }

    @Test
    void shortensWhatItExpected() throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile("{\"properties\":{\"a\":{\"enum\":[\"" + "x".repeat(500) + "\"]}}}");

        assertThat(schema.check(arguments("{\"a\":1}")))
                .hasValueSatisfying(mismatch -> assertThat(mismatch.expected()).hasSizeLessThan(140));
    }

    @Test
    void checksNumbersOfHugeExponentsAtOnce() throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile(
                "{\"properties\":{\"a\":{\"type\":\"number\",\"maximum\":5},\"i\":{\"type\":\"integer\"}}}");
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("a", new BigDecimal("1e99999999"));
        Map<String, @Nullable Object> whole = new LinkedHashMap<>();
        whole.put("i", new BigDecimal("1.5e99999"));

        assertThat(timed(schema, arguments)).isPresent();
        assertThatCode(() -> timed(schema, whole)).doesNotThrowAnyException();
    }

    @Test
    void checksNumbersExactly() throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile("{\"properties\":{\"a\":{\"maximum\":9007199254740992}}}");
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("a", new BigInteger("9007199254740993"));

        assertThat(schema.check(arguments)).contains(new Mismatch("/a", "maximum 9007199254740992"));
    }

    @Test
    void matchesInTimeLinearInTheInput() throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile("{\"properties\":{\"a\":{\"pattern\":\"^(a+)+$\"}}}");
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("a", "a".repeat(20_000) + "!");

        assertThat(timed(schema, arguments)).isPresent();
    }

    @Test
    void fetchesNothing() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(1);
            String uri = "http://127.0.0.1:" + server.getLocalPort() + "/schema";
            for (String keyword : List.of("$schema", "$ref", "$id", "$dynamicRef")) {
                compileOrRefuse("{\"" + keyword + "\":\"" + uri + "\",\"properties\":{\"a\":{\"" + keyword + "\":\""
                        + uri + "\"}}}");
            }

            assertThat(catchThrowableOfType(SocketTimeoutException.class, server::accept))
                    .isNotNull();
        }
    }

    @Test
    void knowsTheTypesAndNamesOfArguments() throws SchemaRefused {
        ToolSchema schema = ToolSchema.compile("""
                {"properties": {"a": {"type": "string"}, "l": {"items": {"$ref": "#/$defs/d"}}, "m": {"type": ["null"]}},
                 "$defs": {"d": {"type": "object", "properties": {"x": {"type": "integer"}}}}}""");

        assertThat(schema.argument(List.of("a")))
                .map(ToolSchema.ArgumentSchema::type)
                .contains("string");
        assertThat(schema.argument(List.of("m")))
                .map(ToolSchema.ArgumentSchema::type)
                .contains("");
        assertThat(schema.argument(List.of("l", "[]", "x")))
                .map(ToolSchema.ArgumentSchema::type)
                .contains("integer");
        assertThat(schema.argument(List.of("l", "[]", "y"))).isEmpty();
        assertThat(schema.names(List.of())).containsExactly("a", "l", "m");
        assertThat(schema.names(List.of("l", "[]"))).containsExactly("x");
        assertThat(schema.names(List.of("nowhere"))).isEmpty();
    }

    @Test
    void throwsNothingButItsOwnRefusalWhateverTheSchema() {
        Random random = new Random(11);
        int admitted = 0;
        for (int i = 0; i < 10_000; i++) {
            String schema = i % 10 == 0 ? cut(object(random, 4), random) : object(random, 1 + i % 5);
            admitted += compileOrRefuse(schema) ? 1 : 0;
        }

        assertThat(admitted).isBetween(200, 9_800);
    }

    private static boolean compileOrRefuse(String schema) {
        try {
            ToolSchema.compile(schema);
            return true;
        } catch (SchemaRefused refused) {
            assertThat(refused.sentence()).isNotBlank().doesNotContain("\n");
            return false;
        } catch (RuntimeException | Error escaped) {
            return fail("escaped from: " + schema, escaped);
        }
    }

    private static String cut(String text, Random random) {
        return text.substring(0, random.nextInt(text.length() + 1));
    }

    private static String object(Random random, int depth) {
        StringBuilder object = new StringBuilder("{");
        for (int i = random.nextInt(4); i > 0; i--) {
            object.append(object.length() > 1 ? "," : "")
                    .append('"')
                    .append(random.nextInt(6) == 0 ? "a" : KEYWORDS.get(random.nextInt(KEYWORDS.size())))
                    .append("\":")
                    .append(value(random, depth - 1));
        }
        return object.append('}').toString();
    }

    private static String value(Random random, int depth) {
        return switch (depth > 0 ? random.nextInt(5) : 0) {
            case 1 -> "[" + value(random, depth - 1) + "," + value(random, depth - 1) + "]";
            case 2, 3, 4 -> object(random, depth);
            default -> SCALARS.get(random.nextInt(SCALARS.size()));
        };
    }

    private static Optional<Mismatch> timed(ToolSchema schema, Map<String, @Nullable Object> arguments) {
        return org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> schema.check(arguments));
    }

    private static String nested(int levels) {
        return "{\"not\":".repeat(levels) + "{}" + "}".repeat(levels);
    }

    private static SchemaRefused refusal(String schema) {
        return catchThrowableOfType(SchemaRefused.class, () -> ToolSchema.compile(schema));
    }

    private static Map<String, @Nullable Object> arguments(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            return PlainJson.object((ObjectNode) node);
        } catch (IOException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }
}
