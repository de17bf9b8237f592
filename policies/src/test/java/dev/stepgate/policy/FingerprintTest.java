package dev.stepgate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FingerprintTest {

    @Test
    void isTheSameForNumbersOfOneValue() {
        long one = Fingerprint.of(100);
        for (Object other :
                List.of(100L, BigInteger.valueOf(100), 100.0, new BigDecimal("1e2"), new BigDecimal("100.00"))) {
            assertThat(Fingerprint.of(other)).isEqualTo(one);
        }
    }

    @Test
    void isTheSameForKeysInAnyOrder() {
        Map<String, Integer> other = new LinkedHashMap<>();
        other.put("b", 2);
        other.put("a", 1);
        Map<String, Integer> one = new LinkedHashMap<>();
        one.put("a", 1);
        one.put("b", 2);
        assertThat(Fingerprint.of(one)).isEqualTo(Fingerprint.of(other));
    }

    @Test
    void tellsWhatIsAlikeApart() {
        List<Object> values = new ArrayList<>(List.of(
                true,
                false,
                "",
                "null",
                "true",
                List.of(),
                Map.of(),
                Map.of("a", 1, "b", 2),
                Map.of("a", 2, "b", 1),
                Map.of("a", "b"),
                Map.of("b", "a"),
                Map.of("ab", ""),
                Map.of("a", Map.of("b", 1)),
                Map.of("a", List.of("b", 1)),
                List.of(Map.of("a", 1), Map.of("b", 2)),
                List.of(Map.of("a", 1, "b", 2))));
        for (int i = -300; i <= 300; i++) {
            values.add(i);
            values.add(i + 0.5);
            values.add(String.valueOf(i));
            values.add(List.of(i));
            values.add(List.of(i, i + 1));
            values.add(List.of(i + 1, i));
            values.add(List.of(List.of(i), i));
            values.add(Map.of("n", i));
            values.add(BigInteger.ONE.shiftLeft(64).add(BigInteger.valueOf(i)));
            values.add(new BigDecimal(BigInteger.valueOf(i * 10L + 1), 7));
        }
        Set<Long> prints = new HashSet<>(Set.of(Fingerprint.of(null)));
        values.forEach(value -> prints.add(Fingerprint.of(value)));
        assertThat(prints).hasSize(values.size() + 1);
    }
}
