package dev.stepgate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MinuteWindowTest {
    private static final long MINUTE = 60_000;

    @Test
    void takesSoManyCallsAMinuteAndNoMore() {
        MinuteWindow window = new MinuteWindow(2);
        assertThat(window.calls()).isEqualTo(2);
        assertThat(window.take(0)).isTrue();
        assertThat(window.take(MINUTE - 1)).isTrue();
        assertThat(window.take(MINUTE - 1)).isFalse();
        assertThat(window.take(MINUTE)).isTrue();
        assertThat(window.take(2 * MINUTE - 2)).isFalse();
        assertThat(window.take(2 * MINUTE - 1)).isTrue();
    }

    @Test
    void takesNoneWhereNoneIsAllowed() {
        assertThat(new MinuteWindow(0).take(0)).isFalse();
    }

    @Test
    void isIdleOnceItsCallsAreAMinuteOld() {
        MinuteWindow window = new MinuteWindow(2);
        assertThat(window.isIdle(0)).isTrue();
        window.take(10);
        assertThat(window.isIdle(10 + MINUTE - 1)).isFalse();
        assertThat(window.isIdle(10 + MINUTE)).isTrue();
    }

    @Test
    void remembersTheLatestCallsWhenItShrinksAndAllWhenItGrows() {
        MinuteWindow window = new MinuteWindow(3);
        window.take(0);
        window.take(1_000);
        window.take(2_000);

        MinuteWindow smaller = window.resized(2);
        assertThat(smaller.take(2_000)).isFalse();
        assertThat(smaller.take(MINUTE)).isFalse(); // the call at 0 is forgotten, the one at 1,000 is not
        assertThat(smaller.take(MINUTE + 1_000)).isTrue();

        MinuteWindow larger = window.resized(4);
        assertThat(larger.take(2_000)).isTrue();
        assertThat(larger.take(2_000)).isFalse();
        assertThat(larger.take(MINUTE)).isTrue();
    }

    @Test
    void remembersCallsOfAWindowThatIsNotFull() {
        MinuteWindow window = new MinuteWindow(5);
        window.take(7);
        MinuteWindow smaller = window.resized(1);
        assertThat(smaller.take(8)).isFalse();
        assertThat(smaller.take(7 + MINUTE)).isTrue();
    }
}
