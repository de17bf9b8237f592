package dev.stepgate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** 64 callers at once, 1,000 times, for every kind of limit: none is ever exceeded. */
class LedgerRaceTest {
    private static final int RACES = Integer.getInteger("stepgate.races", 1_000);
    private static final int CALLERS = 64;
    private static final Caller AGENT = new Caller("alice", Set.of("agent"));
    private static final int UNLIMITED = ToolLimits.UNLIMITED;

    @Test
    void neverExceedsTheCallsOfAnEpisode() throws InterruptedException {
        race(new ToolLimits(5, UNLIMITED, UNLIMITED, 0, UNLIMITED), EpisodeBudget.UNLIMITED, 5);
    }

    @Test
    void neverExceedsTheCallsOfAMinute() throws InterruptedException {
        race(new ToolLimits(UNLIMITED, 7, UNLIMITED, 0, UNLIMITED), EpisodeBudget.UNLIMITED, 7);
    }

    @Test
    void neverExceedsTheBreakerForEqualCalls() throws InterruptedException {
        race(new ToolLimits(UNLIMITED, UNLIMITED, UNLIMITED, 0, 3), EpisodeBudget.UNLIMITED, 3);
    }

    @Test
    void neverExceedsTheBudgetOfAnEpisode() throws InterruptedException {
        race(ToolLimits.NONE, new EpisodeBudget(9, Long.MAX_VALUE, Long.MAX_VALUE), 9);
    }

    @Test
    void neverExceedsTheCostOfAnEpisode() throws InterruptedException {
        ToolLimits limits = new ToolLimits(UNLIMITED, UNLIMITED, UNLIMITED, 4, UNLIMITED);
        race(limits, new EpisodeBudget(Long.MAX_VALUE, 11, Long.MAX_VALUE), 2);
    }

    @Test
    void neverHasMoreCallsAtOnceThanAreAllowed() throws InterruptedException {
        for (int i = 0; i < RACES; i++) {
            PolicySet set = set(new ToolLimits(UNLIMITED, UNLIMITED, 4, 0, UNLIMITED), EpisodeBudget.UNLIMITED);
            EpisodeLedger episode = new EpisodeLedger();
            CallerLedger caller = new CallerLedger();
            AtomicInteger atOnce = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            all(() -> {
                if (admit(set, episode, caller) instanceof Admission.Granted granted) {
                    most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    Thread.onSpinWait();
                    atOnce.decrementAndGet();
                    granted.reservation().settle(0);
                }
            });

            assertThat(most.get()).isBetween(1, 4);
            assertThat(caller.isIdle(120_000)).isTrue();
        }
    }

    @Test
    void neverPassesOnMoreBytesThanAnEpisodeMayRead() throws InterruptedException {
        for (int i = 0; i < RACES; i++) {
            PolicySet set = set(ToolLimits.NONE, new EpisodeBudget(Long.MAX_VALUE, Long.MAX_VALUE, 3_000_000));
            EpisodeLedger episode = new EpisodeLedger();
            CallerLedger caller = new CallerLedger();
            AtomicLong bytes = new AtomicLong();
            all(() -> {
                if (admit(set, episode, caller) instanceof Admission.Granted granted) {
                    long used = Math.min(granted.reservation().resultBytes(), 700_000);
                    bytes.addAndGet(used);
                    granted.reservation().settle(used);
                }
            });

            assertThat(bytes.get()).isBetween(1L, 3_000_000L);
            assertThat(episode.resultBytes()).isEqualTo(bytes.get());
        }
    }

    @Test
    void givesBackWhatACallTookThatNeverLeft() throws InterruptedException {
        PolicySet set = set(new ToolLimits(5, UNLIMITED, 2, 4, 3), new EpisodeBudget(9, 100, 1_000));
        EpisodeLedger episode = new EpisodeLedger();
        CallerLedger caller = new CallerLedger();
        all(() -> {
            if (admit(set, episode, caller) instanceof Admission.Granted granted) {
                granted.reservation().release();
                granted.reservation().release();
                granted.reservation().settle(10);
            }
        });

        assertThat(episode.calls("t.x")).isZero();
        assertThat(episode.cost()).isZero();
        assertThat(episode.resultBytes()).isZero();
        assertThat(caller.isIdle(0)).isTrue();
    }

    private static void race(ToolLimits limits, EpisodeBudget budget, int most) throws InterruptedException {
        for (int i = 0; i < RACES; i++) {
            PolicySet set = set(limits, budget);
            EpisodeLedger episode = new EpisodeLedger();
            CallerLedger caller = new CallerLedger();
            AtomicInteger granted = new AtomicInteger();
            all(() -> {
                if (admit(set, episode, caller) instanceof Admission.Granted one) {
                    granted.incrementAndGet();
                    one.reservation().settle(0);
                }
            });

            assertThat(granted.get()).isEqualTo(most);
            assertThat(episode.calls("t.x")).isEqualTo(most);
        }
    }

    private static Admission admit(PolicySet set, EpisodeLedger episode, CallerLedger caller) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        AccessRequest request =
                new AccessRequest(AGENT, Surroundings.NONE, "t.x", arguments, EpisodeView.NEW, Instant.EPOCH);
        return new PolicyEngine().admit(set, request, episode, caller);
    }

    private static PolicySet set(ToolLimits limits, EpisodeBudget budget) {
        ToolTerms terms =
                new ToolTerms(Set.of(), limits, null, ResultTerms.NONE, Set.of(), false, ToolTerms.Route.ITS_OWN);
        CompiledTool tool = new CompiledTool(
                _ -> Optional.empty(),
                List.of(new CompiledRule("r", Who.ANYONE, List.of())),
                List.of(),
                terms,
                ResultCheck.SIZE_ALONE);
        return new PolicySet("p", 1, "", Surroundings.NONE, Map.of("t.x", tool), List.of(), budget);
    }

    private static void all(Runnable call) throws InterruptedException {
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = java.util.stream.IntStream.range(0, CALLERS)
                .mapToObj(_ -> Thread.ofVirtual().start(() -> {
                    try {
                        start.await();
                        call.run();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .toList();
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
