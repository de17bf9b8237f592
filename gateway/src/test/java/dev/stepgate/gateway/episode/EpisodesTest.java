package dev.stepgate.gateway.episode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.egress.EgressAttempt;
import dev.stepgate.gateway.episode.RunBackend.ResetRequest;
import dev.stepgate.gateway.journal.JsonLinesJournal;
import dev.stepgate.gateway.journal.Payloads;
import dev.stepgate.gateway.journal.Records;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpisodesTest {
    private static final ObjectNode NOTHING = JsonNodeFactory.instance.objectNode();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Deadline SOON = Deadline.in(Duration.ofSeconds(10));

    @TempDir
    Path folder = Path.of("");

    private final FakeBackend backend = new FakeBackend();

    @Test
    void startsNothingBeforeTheFirstResetOrCall() {
        Episode episode = episodes(2).open("env", "me", Origin.SOCKET);
        assertThat(backend.living.get()).isZero();
        episode.currentRun().opened(SOON);
        assertThat(backend.living.get()).isEqualTo(1);
    }

    @Test
    void givesItsSlotBackWhenItCloses() {
        Episodes episodes = episodes(1);
        Episode episode = episodes.open("env", "me", Origin.SOCKET);
        assertThat(episodes.use("env")).isEqualTo(new Episodes.Use(1, 1, 0));
        episode.close();
        episode.close();
        assertThat(episodes.use("env").inUse()).isZero();
    }

    @Test
    void givesOutNothingOfARunThatHasEnded() {
        Episode episode = episodes(1).open("env", "me", Origin.SOCKET);
        EpisodeRun run = episode.currentRun();
        run.opened(SOON);
        episode.close();
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> run.opened(SOON))
                .satisfies(over -> assertThat(over.outcome()).isEqualTo(OutcomeClass.EPISODE_OVER));
        assertThat(backend.living.get()).isZero();
    }

    @Test
    void endsTheOldRunBeforeItStartsTheNext() {
        Episode episode = episodes(1).open("env", "me", Origin.SOCKET);
        episode.reset(new ResetRequest(1L, "E1", NOTHING), SOON);
        episode.reset(new ResetRequest(2L, null, NOTHING), SOON);
        assertThat(backend.living.get()).isEqualTo(1);
        assertThat(backend.most.get()).isEqualTo(1);
        assertThat(episode.currentRun().number()).isEqualTo(1);
        assertThat(episode.currentRun().episodeId()).isEqualTo(episode.id());
    }

    @Test
    void countsStepsAndRewardsOfARun() {
        EpisodeRun run = episodes(1).open("env", "me", Origin.SOCKET).currentRun();
        run.nextStep();
        run.settle("u", "u.t", new Observation(NOTHING, false, DoubleNode.valueOf(0.5), false, null), SOON);
        run.nextStep();
        run.settle("u", "u.t", new Observation(NOTHING, false, null, true, null), SOON);
        assertThat(run.status()).isEqualTo(new EpisodeRun.Status(2, 0.5, true, true, OutcomeClass.OK));
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(run::nextStep)
                .satisfies(over -> assertThat(over.outcome()).isEqualTo(OutcomeClass.EPISODE_OVER));
    }

    @Test
    void discardsAnObservationThatComesAfterAReset() {
        Episode episode = episodes(1).open("env", "me", Origin.SOCKET);
        EpisodeRun first = episode.currentRun();
        first.opened(SOON);
        first.nextStep();
        episode.reset(new ResetRequest(null, null, NOTHING), SOON);
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> first.settle("u", "u.t", new Observation(NOTHING, false, null, false, null), SOON))
                .satisfies(late -> assertThat(late.outcome()).isEqualTo(OutcomeClass.CANCELLED));
        assertThat(episode.currentRun().status().steps()).isZero();
    }

    @Test
    void endsARunWhoseEnvironmentDied() {
        Episode episode = episodes(1).open("env", "me", Origin.SOCKET);
        EpisodeRun run = episode.currentRun();
        run.opened(SOON);
        backend.usable = false;
        assertThat(run.failed(Refusal.environmentFailed("it died"))).isTrue();
        assertThat(episode.statusName()).isEqualTo("closed");
    }

    @Test
    void keepsARunThatOnlyTimedOut() {
        EpisodeRun run = episodes(1).open("env", "me", Origin.SOCKET).currentRun();
        run.opened(SOON);
        assertThat(run.failed(Refusal.timeout("late"))).isFalse();
        assertThat(run.nextStep()).isEqualTo(1);
    }

    @Test
    void endsARunWhoseCallWasGivenUpTogetherWithItsConnection() {
        EpisodeRun run = episodes(1).open("env", "me", Origin.SOCKET).currentRun();
        run.opened(SOON);
        backend.usable = false;
        assertThat(run.failed(Refusal.timeout("late"))).isTrue();
        assertThat(run.status().outcome()).isEqualTo(OutcomeClass.TIMEOUT);
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(run::nextStep)
                .satisfies(over -> assertThat(over.outcome()).isEqualTo(OutcomeClass.EPISODE_OVER));
    }

    @Test
    void endsARunThatItsResetHasEnded() {
        Episode episode = episodes(1).open("env", "me", Origin.SOCKET);
        backend.done = true;
        episode.reset(new ResetRequest(null, null, NOTHING), SOON);
        assertThat(episode.statusName()).isEqualTo("done");
    }

    @Test
    void asksOnlyALivingEnvironmentForItsState() {
        Episode episode = episodes(1).open("env", "me", Origin.SOCKET);
        assertThat(episode.environmentState(SOON)).isEmpty();
        episode.currentRun().opened(SOON);
        assertThat(episode.environmentState(SOON)).hasToString("{\"own\":1}");
        backend.usable = false;
        assertThat(episode.environmentState(SOON)).isEmpty();
    }

    @Test
    void replacesADefaultEpisodeOnceItIsClosed() {
        Episodes episodes = episodes(5);
        Episode first = episodes.defaultEpisode("env", "me");
        assertThat(episodes.defaultEpisode("env", "me")).isSameAs(first);
        assertThat(episodes.defaultEpisode("env", "you")).isNotSameAs(first);
        first.close();
        assertThat(episodes.defaultEpisode("env", "me")).isNotSameAs(first);
    }

    @Test
    void keepsTwoLiveEpisodesOfOneNameApartByRefusingTheSecond() {
        Episodes episodes = episodes(5);
        Optional<Episode> first = episodes.create("env", "me", "name", Duration.ofHours(1), Narrowing.NONE);
        assertThat(first).isPresent();
        assertThat(episodes.create("env", "me", "name", Duration.ofHours(1), Narrowing.NONE))
                .isEmpty();
        assertThat(episodes.create("env", "you", "name", Duration.ofHours(1), Narrowing.NONE))
                .isPresent();
        assertThat(episodes.use("env").inUse()).isEqualTo(2);
        first.orElseThrow().close();
        assertThat(episodes.find("me", "name")).isPresent();
        assertThat(episodes.create("env", "me", "name", Duration.ofHours(1), Narrowing.NONE))
                .isPresent();
    }

    @Test
    void expiresByItsTimeToLive() throws InterruptedException {
        Instant[] now = {Instant.parse("2026-01-01T00:00:00Z")};
        Episodes episodes = episodes(5, () -> now[0]);
        Episode episode = episodes.create("env", "me", null, Duration.ofSeconds(60), Narrowing.NONE)
                .orElseThrow();
        java.util.concurrent.CountDownLatch closed = new java.util.concurrent.CountDownLatch(1);
        episode.onClose(closed::countDown);
        episodes.closeExpired();
        assertThat(episode.isClosed()).isFalse();
        now[0] = now[0].plusSeconds(61);
        episodes.closeExpired();
        assertThat(closed.await(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(episodes.use("env").inUse()).isZero();
    }

    @Test
    void opensForThoseWhoWaitInTheirOrder() {
        Episodes episodes = episodes(1);
        Episode first = episodes.open("env", "me", Origin.SOCKET);
        CompletableFuture<Episode> second = episodes.openInTurn("env", "me", Origin.SOCKET);
        CompletableFuture<Episode> third = episodes.openInTurn("env", "me", Origin.SOCKET);
        assertThat(episodes.use("env")).isEqualTo(new Episodes.Use(1, 1, 2));
        first.close();
        assertThat(second).isCompleted();
        assertThat(third).isNotDone();
        second.join().close();
        assertThat(third).isCompleted();
        assertThat(episodes.use("env")).isEqualTo(new Episodes.Use(1, 1, 0));
    }

    @Test
    void refusesWhoFindsTheQueueFull() {
        Episodes episodes = episodes(1);
        episodes.open("env", "me", Origin.SOCKET);
        var _ = episodes.openInTurn("env", "me", Origin.SOCKET);
        var _ = episodes.openInTurn("env", "me", Origin.SOCKET);
        assertThatExceptionOfType(CapacityReached.class).isThrownBy(() -> episodes.open("env", "me", Origin.SOCKET));
        assertThat(episodes.openInTurn("env", "me", Origin.SOCKET)).isCompletedExceptionally();
    }

    @Test
    void passesASlotOverThoseWhoGaveUp() {
        Episodes episodes = episodes(1);
        Episode first = episodes.open("env", "me", Origin.SOCKET);
        CompletableFuture<Episode> impatient = episodes.openInTurn("env", "me", Origin.SOCKET);
        CompletableFuture<Episode> patient = episodes.openInTurn("env", "me", Origin.SOCKET);
        impatient.cancel(false);
        assertThat(episodes.use("env").queued()).isEqualTo(1);
        first.close();
        assertThat(patient).isCompleted();
        assertThat(episodes.use("env")).isEqualTo(new Episodes.Use(1, 1, 0));
    }

    @Test
    void tellsEveryListenerOfAClose() {
        Episode episode = episodes(1).open("env", "me", Origin.SOCKET);
        AtomicInteger told = new AtomicInteger();
        episode.onClose(told::incrementAndGet);
        Runnable takeBack = episode.onClose(() -> told.addAndGet(100));
        episode.onClose(() -> told.addAndGet(10));
        takeBack.run();
        episode.close();
        assertThat(told).hasValue(11);
        episode.onClose(() -> told.addAndGet(1_000));
        assertThat(told).hasValue(1_011);
    }

    @Test
    void opensNothingWhileItDrains() {
        Episodes episodes = episodes(1);
        Episode running = episodes.open("env", "me", Origin.SOCKET);
        CompletableFuture<Episode> waiting = episodes.openInTurn("env", "me", Origin.SOCKET);
        episodes.drain();
        assertThat(waiting).isCompletedExceptionally();
        running.close();
        assertThatExceptionOfType(CapacityReached.class).isThrownBy(() -> episodes.open("env", "me", Origin.SOCKET));
    }

    private Episodes episodes(int capacity) {
        return episodes(capacity, Clock.systemUTC());
    }

    private Episodes episodes(int capacity, InstantSource clock) {
        Episodes episodes = new Episodes(
                backend,
                new JsonLinesJournal(folder, Payloads.FULL, Records.CHAINED, clock),
                clock,
                new SecureRandom());
        Duration deadline = Duration.ofSeconds(5);
        episodes.admit(
                "env", new EpisodeSettings(capacity, 2, PATIENCE, 100, deadline, Duration.ofHours(1), false, null));
        return episodes;
    }

    /** Counts what lives, instead of starting processes. */
    private static final class FakeBackend implements RunBackend {
        final AtomicInteger living = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        volatile boolean usable = true;
        volatile boolean done;

        @Override
        public OpenRun start(
                String environment, ResetRequest request, Consumer<EgressAttempt> outside, Deadline deadline) {
            most.accumulateAndGet(living.incrementAndGet(), Math::max);
            return new OpenRun() {
                private boolean open = true;

                @Override
                public ResetObservation firstObservation() {
                    return new ResetObservation(NOTHING, null, done, NOTHING);
                }

                @Override
                public String interfaceDigest() {
                    return "sha256:1";
                }

                @Override
                public ObjectNode state(Deadline deadline) {
                    return JsonNodeFactory.instance.objectNode().put("own", 1);
                }

                @Override
                public boolean usable() {
                    return usable;
                }

                @Override
                public void close() {
                    if (open) {
                        open = false;
                        living.decrementAndGet();
                    }
                }
            };
        }
    }
}
