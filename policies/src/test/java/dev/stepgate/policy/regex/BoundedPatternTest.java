package dev.stepgate.policy.regex;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BoundedPatternTest {
    private static final List<String> PIECES =
            List.of("a", "ab", "/", "-", ".*", ".*", ".", "\n", " ", "\u00e9", "\uD83D\uDE00", "a*", "\\.", "x");

    /** Literals are compared without the engine: it must make no difference. */
    @Test
    void matchesAsTheEngineDoes() {
        Random random = new Random(20_261_125);
        int matched = 0;
        for (int i = 0; i < 100_000; i++) {
            String expression = made(random, 4);
            String text = made(random, 5);
            boolean expected = Pattern.compile(expression, Pattern.DOTALL).matches(text);
            assertThat(BoundedPattern.compile(expression).matches(text))
                    .as("`%s` on `%s`", expression, text)
                    .isEqualTo(expected);
            matched += expected ? 1 : 0;
        }
        assertThat(matched).isBetween(1_000, 99_000);
    }

    private static String made(Random random, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }
}
