package dev.stepgate.policy.testing;

import dev.stepgate.policy.schema.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Calls made up from a tool's schema and from the values that its rules speak of: some plain, many nearly right, some odd.
 * The same random numbers give the same calls. For one thread.
 */
public final class GeneratedCalls {
    private static final List<String> ODD = List.of(
            "",
            " ",
            "a",
            "-x",
            "--output=/etc/passwd",
            "/",
            "/workspace",
            "/workspace/",
            "/workspace/a",
            "/workspace/src/a",
            "/workspace/../etc/passwd",
            "/workspacex/a",
            "/workspace/%2e%2e/a",
            "/workspace/..\\a",
            "//workspace/a",
            "/workspace/./a",
            "/workspace/a/../b",
            "/etc/passwd",
            "../a",
            "~/a",
            "/workspace/\u202ea",
            "/workspace/e\u0301",
            "https://example.org/",
            "https://user@example.org/",
            "http://example.org:81/",
            "select 1",
            "select 1; drop table t",
            "delete from t",
            "GET",
            "POST",
            "main",
            "\uff0fetc",
            "a\nb");
    private static final List<Long> WHOLE = List.of(-1L, 0L, 1L, 2L, 10L, 1_000L, 2_000L, 2_001L, Long.MAX_VALUE);

    private final RandomGenerator random;
    private final List<Object> hints;

    /**
     * Makes calls.
     *
     * @param hints values that the rules speak of
     */
    public GeneratedCalls(RandomGenerator random, List<Object> hints) {
        this.random = random;
        this.hints = List.copyOf(hints);
    }

    /** Arguments for a tool: mostly of the right types, optional ones now and then left out. */
    public Map<String, @Nullable Object> arguments(Shape.Fields shape) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        shape.fields().forEach((name, field) -> {
            if (field.required() ? random.nextInt(50) > 0 : random.nextInt(3) > 0) {
                arguments.put(name, value(field.shape(), 3));
            }
        });
        return arguments;
    }

    private @Nullable Object value(Shape shape, int depth) {
        if (random.nextInt(40) == 0) {
            return anything();
        }
        return switch (shape) {
            case Shape.Text _ -> text();
            case Shape.Whole _ -> whole();
            case Shape.Fraction _ -> random.nextBoolean() ? whole() : (Object) random.nextDouble(-10, 3_000);
            case Shape.Truth _ -> random.nextBoolean();
            case Shape.Anything _ -> anything();
            case Shape.Items items -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = depth > 0 ? random.nextInt(10) : 0; i > 0; i--) {
                    list.add(value(items.item(), depth - 1));
                }
                yield list;
            }
            case Shape.Fields fields -> depth > 0 ? arguments(fields) : Map.of();
        };
    }

    private @Nullable Object anything() {
        return switch (random.nextInt(5)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> whole();
            case 3 -> List.of(text());
            default -> text();
        };
    }

    private Object whole() {
        Object hint = hint();
        if (hint instanceof Number number && random.nextBoolean()) {
            return number.longValue() + random.nextInt(-1, 2);
        }
        return random.nextInt(3) == 0 ? random.nextLong(-5, 5_000) : WHOLE.get(random.nextInt(WHOLE.size()));
    }

    private String text() {
        Object hint = hint();
        if (hint instanceof String text && random.nextInt(3) > 0) {
            return switch (random.nextInt(6)) {
                case 0 -> text + "/" + ODD.get(random.nextInt(ODD.size()));
                case 1 -> text + ODD.get(random.nextInt(ODD.size()));
                case 2 -> text + "/../" + text;
                case 3 -> text + "/a" + random.nextInt(100);
                default -> text;
            };
        }
        return ODD.get(random.nextInt(ODD.size()));
    }

    private @Nullable Object hint() {
        return hints.isEmpty() ? null : hints.get(random.nextInt(hints.size()));
    }
}
