package dev.stepgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WarmPoolTest {
    private static final WarmPool.Key KEY = new WarmPool.Key("env", "upstream");

    private final WarmPool<Program> pool = new WarmPool<>();
    private final List<Program> started = new CopyOnWriteArrayList<>();

    private boolean spoils;

    private static final class Program implements WarmPool.Warm {
        private final boolean ahead = Thread.currentThread().getName().startsWith("warm-");
        private final boolean fresh;
        private volatile boolean ended;

        Program(boolean spoils) {
            fresh = !(spoils && ahead);
        }

        @Override
        public boolean isFresh() {
            return fresh;
        }

        @Override
        public void end() {
            ended = true;
        }
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private Program claim(int warm) {
        return pool.begin(KEY, warm, Deadline.in(Duration.ofSeconds(30)), this::start, program -> program);
    }

    private Program start(Deadline deadline) {
        Program program = new Program(spoils);
        started.add(program);
        return program;
    }

    private static void await(BooleanSupplier holds) {
        Deadline deadline = Deadline.in(Duration.ofSeconds(30));
        while (!holds.getAsBoolean()) {
            assertThat(deadline.hasPassed()).isFalse();
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static Program fail(Deadline deadline) {
        throw Refusal.environmentFailed("not installed");
    }

    private long ended() {
        return started.stream().filter(program -> program.ended).count();
    }

    @Test
    void startsTheFirstAndHasTheNextReady() {
        assertThat(claim(1).ahead).isFalse();
        await(() -> claim(1).ahead);
    }

    @Test
    void keepsNoneReadyWhereNoneIsAskedFor() {
        claim(0);
        claim(0);
        pool.close();
        assertThat(started).hasSize(2).noneMatch(program -> program.ended || program.ahead);
    }

    @Test
    void throwsAwayWhatIsNotFreshAnyMore() {
        spoils = true;
        await(() -> {
            assertThat(claim(1).ahead).isFalse();
            return ended() > 0;
        });
    }

    @Test
    void beginsAgainWhereOneThatWaitedHasEnded() {
        await(() -> {
            boolean[] tried = {false};
            Program program = pool.begin(KEY, 1, Deadline.in(Duration.ofSeconds(30)), this::start, claimed -> {
                tried[0] |= claimed.ahead;
                return claimed.ahead ? fail(Deadline.in(Duration.ZERO)) : claimed;
            });
            assertThat(program.ahead).isFalse();
            return tried[0];
        });
    }

    @Test
    void givesNoneToTwo() throws Exception {
        Set<Program> claimed = ConcurrentHashMap.newKeySet();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> claims = IntStream.range(0, 2_000)
                    .mapToObj(_ -> threads.submit(() -> claimed.add(claim(8))))
                    .toList();
            for (Future<Boolean> claim : claims) {
                assertThat(claim.get()).isTrue();
            }
        }
        await(() -> started.size() - claimed.size() == 8);
        pool.close();
        await(() -> ended() == 8);
        assertThat(claimed).noneMatch(program -> program.ended);
    }

    @Test
    void startsNothingAheadForAStartThatFails() {
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatExceptionOfType(Refusal.class)
                    .isThrownBy(() -> pool.begin(
                            KEY, 1, Deadline.in(Duration.ofSeconds(1)), WarmPoolTest::fail, program -> program))
                    .withMessageContaining("not installed");
        }
    }

    @Test
    void endsWhatIsReadyWhenItIsClosed() {
        Program first = claim(2);
        await(() -> started.size() == 3);
        pool.close();
        await(() -> ended() == 2);
        assertThat(first.ended).isFalse();
    }
}
