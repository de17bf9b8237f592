package dev.stepgate.policy.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import dev.stepgate.policy.ArgumentsSchema;
import dev.stepgate.policy.regex.BoundedPattern;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A tool's input schema, compiled once; JSON Schema 2020-12 unless it names another draft. Thread-safe. */
public final class ToolSchema implements ArgumentsSchema {
    private static final int MAX_EXPECTED_CHARACTERS = 120;
    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Expressions are matched by RE2, in time linear in the input; nothing is loaded from anywhere. */
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaCacheEnabled(false)
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .failFast(true)
                            .pathType(PathType.JSON_POINTER)
                            .regularExpressionFactory(expression -> {
                                BoundedPattern compiled = BoundedPattern.compile(expression);
                                return compiled::finds;
                            })
                            .build()));

    private final Schema schema;
    private final ObjectNode source;
    private final @Nullable QuickSchema quick;

    private ToolSchema(Schema schema, ObjectNode source) {
        this.schema = schema;
        this.quick = QuickSchema.of(source).orElse(null);
        this.source = source;
    }

    /**
     * Compiles a schema.
     *
     * @param json the schema as JSON text
     * @throws SchemaRefused when it is not admitted
     */
    public static ToolSchema compile(String json) throws SchemaRefused {
        if (json.length() > SchemaAdmission.MAX_CHARACTERS) {
            throw new SchemaRefused("the schema is larger than " + SchemaAdmission.MAX_CHARACTERS + " characters");
        }
        try {
            JsonNode tree = JSON.readTree(json);
            SchemaAdmission.check(tree);
            Schema schema = REGISTRY.getSchema(tree);
            schema.initializeValidators();
            return new ToolSchema(schema, (ObjectNode) tree);
        } catch (JsonProcessingException | SchemaException | IllegalArgumentException unreadable) {
            throw new SchemaRefused("the input schema cannot be read");
        }
    }

    @Override
    public Optional<Mismatch> check(Map<String, @Nullable Object> arguments) {
        return quick != null && quick.accepts(arguments) ? Optional.empty() : validate(arguments);
    }

    /** What the full validator says. */
    Optional<Mismatch> validate(Map<String, @Nullable Object> arguments) {
        List<Error> errors = schema.validate(PlainJson.tree(arguments));
        return errors.isEmpty() ? Optional.empty() : Optional.of(mismatch(errors.getFirst()));
    }

    /** The schema of an argument, or empty where the schema does not describe it by {@code properties} or {@code items}. */
    public Optional<ArgumentSchema> argument(List<String> path) {
        JsonNode node = source;
        for (String segment : path) {
            node = resolved(
                    segment.equals("[]")
                            ? node.path("items")
                            : node.path("properties").path(segment));
            if (node.isMissingNode()) {
                return Optional.empty();
            }
        }
        return Optional.of(ArgumentSchema.of(node));
    }

    /** What expressions may say of the arguments. */
    public Shape.Fields shape() {
        return new Shapes(source).arguments();
    }

    /** Whether the schema asks for an argument, or gives it a value where a call leaves it out. */
    public boolean isSettled(String name) {
        boolean required = false;
        for (JsonNode one : source.path("required")) {
            required |= one.asText().equals(name);
        }
        return required || source.path("properties").path(name).has("default");
    }

    /** The schema as plain JSON; for generating calls. */
    public Map<String, @Nullable Object> plain() {
        return PlainJson.object(source);
    }

    /** The names that the schema gives to the arguments below a path. */
    public List<String> names(List<String> path) {
        JsonNode node = source;
        for (String segment : path) {
            node = resolved(
                    segment.equals("[]")
                            ? node.path("items")
                            : node.path("properties").path(segment));
        }
        return node.path("properties").properties().stream()
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * What a schema says of one argument.
     *
     * @param type its JSON Schema type, or empty where it names none or several
     * @param values the only values it may have, or empty where the schema does not list them
     * @param min the least number it may be, or null
     * @param max the greatest, or null
     */
    public record ArgumentSchema(
            String type,
            List<@Nullable Object> values,
            @Nullable BigDecimal min,
            @Nullable BigDecimal max) {

        private static ArgumentSchema of(JsonNode node) {
            List<@Nullable Object> values = new ArrayList<>();
            node.path("enum").forEach(value -> values.add(PlainJson.value(value)));
            if (node.has("const")) {
                values.add(PlainJson.value(node.get("const")));
            }
            return new ArgumentSchema(
                    node.path("type").asText(""), values, decimal(node.path("minimum")), decimal(node.path("maximum")));
        }

        private static @Nullable BigDecimal decimal(JsonNode node) {
            return node.isNumber() ? node.decimalValue() : null;
        }
    }

    private JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").asText("");
        return reference.startsWith("#/") ? source.at(reference.substring(1)) : node;
    }

    private static Mismatch mismatch(Error error) {
        String at = error.getInstanceLocation().toString();
        String keyword = String.valueOf(error.getKeyword());
        JsonNode asked = error.getSchemaNode();
        Object[] arguments = error.getArguments();
        String name = arguments != null && arguments.length > 0 ? String.valueOf(arguments[0]) : "";
        return switch (keyword) {
            case "required" -> new Mismatch(at + "/" + escaped(name), "a value: it is required");
            case "additionalProperties", "unevaluatedProperties" ->
                new Mismatch(at, "no arguments but those of the schema");
            case "type" -> new Mismatch(at, "type " + brief(asked));
            default -> new Mismatch(at, keyword + " " + brief(asked));
        };
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static String brief(@Nullable JsonNode node) {
        String text = node == null ? "" : node.isTextual() ? node.textValue() : node.toString();
        return text.length() > MAX_EXPECTED_CHARACTERS ? text.substring(0, MAX_EXPECTED_CHARACTERS) + "…" : text;
    }
}
