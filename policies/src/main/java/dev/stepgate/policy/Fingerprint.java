package dev.stepgate.policy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * 64 bits that are the same for equal arguments: keys in any order, numbers by value. Different arguments may share them,
 * which denies a call that was not repeated and never allows one that was.
 */
final class Fingerprint {
    private Fingerprint() {}

    static long of(@Nullable Object value) {
        return switch (value) {
            case null -> mix(1);
            case Boolean bool -> mix(bool ? 2 : 3);
            case String text -> text(text, 4);
            case Integer number -> number(BigDecimal.valueOf(number));
            case Long number -> number(BigDecimal.valueOf(number));
            case BigInteger number -> number(new BigDecimal(number));
            case Double number -> number(BigDecimal.valueOf(number));
            case BigDecimal number -> number(number);
            case List<?> list -> {
                long hash = 5;
                for (Object item : list) {
                    hash = mix(hash * 31 + of(item));
                }
                yield hash;
            }
            case Map<?, ?> map -> {
                long hash = 6;
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    hash += mix(text(String.valueOf(entry.getKey()), 7) * 31 + of(entry.getValue()));
                }
                yield mix(hash);
            }
            default -> throw new IllegalArgumentException("not a plain JSON value");
        };
    }

    private static long number(BigDecimal number) {
        BigDecimal plain = number.stripTrailingZeros();
        long hash = plain.scale() + 8L;
        for (byte part : plain.unscaledValue().toByteArray()) {
            hash = hash * 257 + part;
        }
        return mix(hash);
    }

    private static long text(String text, long seed) {
        long hash = seed;
        for (int i = 0; i < text.length(); i++) {
            hash = hash * 0x5851F42D4C957F2DL + text.charAt(i) + 1;
        }
        return mix(hash);
    }

    private static long mix(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
