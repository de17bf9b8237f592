package dev.stepgate.policy.cel;

import com.google.protobuf.NullValue;
import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.schema.Shape;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Requests as CEL sees them: whole numbers of 64 bits, fractions as doubles; what does not fit is an error. */
final class CelValues {
    private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    private CelValues() {}

    /** The arguments that a condition reads; others are not even converted. */
    static Map<String, Object> arguments(
            Map<String, @Nullable Object> arguments, Shape.Fields shape, Set<String> read) {
        Map<String, Object> values = HashMap.newHashMap(read.size());
        for (String name : read) {
            Shape.Field field = shape.fields().get(name);
            if (field != null && arguments.containsKey(name)) {
                values.put(name, value(arguments.get(name), field.shape()));
            }
        }
        return values;
    }

    static Map<String, Object> caller(AccessRequest request) {
        return Map.of(
                "subject", request.caller().subject(),
                "roles", List.copyOf(request.caller().roles()),
                "client", request.caller().client(),
                "issuer", request.caller().issuer(),
                "scopes", List.copyOf(request.caller().scopes()),
                "claims", value(request.caller().claims(), new Shape.Anything()));
    }

    static Map<String, Object> environment(AccessRequest request) {
        return Map.of(
                "name", request.environment().name(),
                "mode", request.environment().mode().key(),
                "labels",
                        new WithDefault<>(
                                label -> request.environment().labels().getOrDefault(label, "")));
    }

    static Map<String, Object> episode(EpisodeView view) {
        return Map.of("calls", new WithDefault<>(view::calls), "cost", view.cost());
    }

    private static Object value(@Nullable Object value, Shape shape) {
        return switch (value) {
            case null -> NullValue.NULL_VALUE;
            case String text -> text;
            case Boolean bool -> bool;
            case Integer number -> number(BigInteger.valueOf(number), shape);
            case Long number -> number(BigInteger.valueOf(number), shape);
            case BigInteger number -> number(number, shape);
            case Double number -> fraction(BigDecimal.valueOf(number), shape);
            case BigDecimal number -> fraction(number, shape);
            case List<?> list -> {
                Shape item = shape instanceof Shape.Items items ? items.item() : new Shape.Anything();
                List<Object> values = new ArrayList<>(list.size());
                list.forEach(one -> values.add(value(one, item)));
                yield values;
            }
            case Map<?, ?> map -> {
                Map<String, Object> values = HashMap.newHashMap(map.size());
                map.forEach((key, one) -> values.put(String.valueOf(key), value(one, below(shape, key))));
                yield values;
            }
            default -> throw new IllegalArgumentException("not a plain JSON value");
        };
    }

    private static Shape below(Shape shape, @Nullable Object key) {
        Shape.Field field =
                shape instanceof Shape.Fields fields ? fields.fields().get(String.valueOf(key)) : null;
        return field == null ? new Shape.Anything() : field.shape();
    }

    private static Object number(BigInteger number, Shape shape) {
        if (shape instanceof Shape.Fraction) {
            return fraction(new BigDecimal(number), shape);
        }
        if (number.compareTo(LEAST) < 0 || number.compareTo(MOST) > 0) {
            throw new ArithmeticException("a whole number has more than 64 bits");
        }
        return number.longValue();
    }

    private static Object fraction(BigDecimal number, Shape shape) {
        if (shape instanceof Shape.Whole) {
            // 3.0 is a whole number to JSON Schema; more digits than a long has are not written out.
            if (number.precision() - number.scale() > 20) {
                throw new ArithmeticException("a whole number has more than 64 bits");
            }
            return number(number.toBigIntegerExact(), shape);
        }
        double value = number.doubleValue();
        if (!Double.isFinite(value)) {
            throw new ArithmeticException("a number is too large");
        }
        return value;
    }

    /**
     * A map that has every key: a tool that was never called has been called 0 times, and a label that is not set is empty,
     * rather than being an error. Read only where it is asked.
     */
    private static final class WithDefault<V> extends AbstractMap<String, V> {
        private final Function<String, V> read;

        WithDefault(Function<String, V> read) {
            this.read = read;
        }

        @Override
        public boolean containsKey(@Nullable Object key) {
            return key instanceof String;
        }

        @Override
        public V get(@Nullable Object key) {
            return read.apply(String.valueOf(key));
        }

        @Override
        public Set<Entry<String, V>> entrySet() {
            return Set.of();
        }
    }
}
