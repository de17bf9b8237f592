package dev.stepgate.gateway.episode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CapacityTest {

    @Test
    void refusesOneMoreThanItHas() {
        Capacity capacity = new Capacity(2);
        capacity.take();
        capacity.take();
        assertThatExceptionOfType(CapacityReached.class)
                .isThrownBy(capacity::take)
                .satisfies(reached -> assertThat(reached.sentence()).startsWith("Server at capacity: 2/2"));
    }

    @Test
    void givesASlotBackOnceHoweverOftenItIsReleased() {
        Capacity capacity = new Capacity(2);
        Capacity.Slot slot = capacity.take();
        capacity.take();
        slot.release();
        slot.release();
        assertThat(capacity.used()).isEqualTo(1);
    }

    @Test
    void isNeverExceededByARace() throws InterruptedException {
        Capacity capacity = new Capacity(5);
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(64);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                threads.execute(() -> {
                    for (int round = 0; round < 1_000; round++) {
                        takeAndGiveBack(capacity, most);
                    }
                    done.countDown();
                });
            }
            done.await();
        }
        assertThat(most.get()).isLessThanOrEqualTo(5);
        assertThat(capacity.used()).isZero();
    }

    private static void takeAndGiveBack(Capacity capacity, AtomicInteger most) {
        try {
            Capacity.Slot slot = capacity.take();
            most.accumulateAndGet(capacity.used(), Math::max);
            slot.release();
        } catch (CapacityReached expected) {
            Thread.onSpinWait();
        }
    }
}
