package dev.stepgate.gateway.episode;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CapacityTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void refusesOneMoreThanItHas() {
        Capacity capacity = new Capacity(2, 0, PATIENCE);
        take(capacity);
        take(capacity);
        assertThat(capacity.ask().join()).isEmpty();
        assertThat(capacity.reached().sentence()).startsWith("Server at capacity: 2/2");
    }

    @Test
    void givesASlotBackOnceHoweverOftenItIsReleased() {
        Capacity capacity = new Capacity(2, 0, PATIENCE);
        Capacity.Slot slot = take(capacity);
        take(capacity);
        slot.release();
        slot.release();
        assertThat(capacity.used()).isEqualTo(1);
    }

    @Test
    void refusesWhoHasWaitedLongEnough() {
        Capacity capacity = new Capacity(1, 1, Duration.ofMillis(20));
        take(capacity);
        assertThat(capacity.ask().join()).isEmpty();
        assertThat(capacity.queued()).isZero();
    }

    /** Waiters come, give up and take their turn at once; every slot must come back, and none be given twice. */
    @Test
    void isNeverExceededByARace() throws InterruptedException {
        Capacity capacity = new Capacity(5, 20, PATIENCE);
        AtomicInteger holding = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(64);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                SplittableRandom random = new SplittableRandom(i);
                threads.execute(() -> {
                    for (int round = 0; round < 1_000; round++) {
                        takeAndGiveBack(capacity, random, holding, most);
                    }
                    done.countDown();
                });
            }
            done.await();
        }
        assertThat(most.get()).isBetween(1, 5);
        assertThat(capacity.used()).isZero();
        assertThat(capacity.queued()).isZero();
    }

    private static void takeAndGiveBack(
            Capacity capacity, SplittableRandom random, AtomicInteger holding, AtomicInteger most) {
        CompletableFuture<Optional<Capacity.Slot>> asked = capacity.ask();
        if (random.nextInt(3) == 0) {
            asked.complete(Optional.empty());
        }
        asked.join().ifPresent(slot -> {
            most.accumulateAndGet(holding.incrementAndGet(), Math::max);
            Thread.onSpinWait();
            holding.decrementAndGet();
            slot.release();
        });
    }

    private static Capacity.Slot take(Capacity capacity) {
        return capacity.ask().join().orElseThrow();
    }
}
