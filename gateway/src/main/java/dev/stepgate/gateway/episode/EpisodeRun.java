package dev.stepgate.gateway.episode;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.egress.EgressAttempt;
import dev.stepgate.gateway.episode.RunBackend.OpenRun;
import dev.stepgate.gateway.episode.RunBackend.ResetObservation;
import dev.stepgate.gateway.episode.RunBackend.ResetRequest;
import dev.stepgate.gateway.journal.EpisodeJournal;
import dev.stepgate.gateway.reward.RunReward;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.gateway.reward.Verdict;
import dev.stepgate.policy.EpisodeLedger;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One run of an episode: what lies between two resets. Its sandbox is started by the first reset or call and is its own.
 *
 * <p>Any number of threads may call at once. The lock guards the counters and is held for moments; starting the
 * sandbox has a lock of its own, so that counting never waits for it.
 */
public final class EpisodeRun {
    /** Ways out that are recorded; a program may try any number. */
    private static final int MOST_OUTSIDE = 1_000;

    private final RunBackend backend;
    private final String environment;
    private final EpisodeJournal journal;
    private final int number;
    private final int maxSteps;
    private final ResetRequest request;
    private final String episodeId;

    private final ReentrantLock starting = new ReentrantLock();
    private volatile @Nullable OpenRun open;

    private final ReentrantLock counting = new ReentrantLock();
    private int steps;
    private final RunReward reward;
    private boolean done;
    private @Nullable Refusal over;
    private @Nullable OutcomeClass lastFault;
    private final AtomicInteger outside = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final EpisodeLedger ledger = new EpisodeLedger();

    EpisodeRun(
            RunBackend backend,
            String environment,
            EpisodeJournal journal,
            int number,
            int maxSteps,
            String episodeId,
            ResetRequest request,
            RunReward reward) {
        this.backend = backend;
        this.environment = environment;
        this.journal = journal;
        this.number = number;
        this.maxSteps = maxSteps;
        this.episodeId = episodeId;
        this.request = request;
        this.reward = reward;
    }

    public int number() {
        return number;
    }

    /** The id the trainer knows this run by. */
    public String episodeId() {
        return episodeId;
    }

    public EpisodeJournal journal() {
        return journal;
    }

    /** What the run has spent and what it carries, as policies count it. */
    public EpisodeLedger ledger() {
        return ledger;
    }

    /**
     * The run's upstreams, started if this is the first who asks.
     *
     * @throws Refusal {@code env_error} or {@code timeout} when they cannot be started, {@code episode_over} when the run
     *     ended meanwhile
     */
    public OpenRun opened(Deadline deadline) {
        OpenRun running = open;
        if (running != null) {
            return running;
        }
        starting.lock();
        try {
            refuseIfOver();
            running = open;
            if (running == null) {
                running = backend.start(environment, request, this::wentOut, deadline);
                began(running.firstObservation());
                open = running;
            }
            return running;
        } finally {
            starting.unlock();
        }
    }

    /** A record that cannot be written stops the calls of the run; nothing more can be done here. */
    private void wentOut(EgressAttempt attempt) {
        if (outside.incrementAndGet() <= MOST_OUTSIDE) {
            try {
                journal.wentOut(episodeId, number, attempt);
            } catch (Refusal unwritable) {
                // Said in the log by the journal.
            }
        }
    }

    /** Notes a call that is being handled; whoever calls this calls {@link #leave()} once. */
    public void enter() {
        inFlight.incrementAndGet();
    }

    public void leave() {
        inFlight.decrementAndGet();
    }

    boolean hasCalls() {
        return inFlight.get() > 0;
    }

    /** Counts a step that is about to leave and gives its number, from 1. */
    public int nextStep() {
        counting.lock();
        try {
            refuseIfOver();
            return ++steps;
        } finally {
            counting.unlock();
        }
    }

    /**
     * Books an observation: its step is scored, and a {@code done} ends the run. The last step waits for the verifiers. A late
     * one, whose run ended before it came, is discarded by throwing.
     *
     * @param upstream the manifest's name of the upstream that the tool is of
     * @param tool the tool's policy key
     */
    public Settled settle(String upstream, String tool, Observation observation, Deadline deadline) {
        boolean last;
        counting.lock();
        try {
            if (over != null && !done) {
                throw Refusal.of(
                        OutcomeClass.CANCELLED, "cancelled", "the episode was reset or closed during the call");
            }
            last = observation.done() || steps >= maxSteps || reward.ends(tool, observation);
            if (!last || done || reward.verifiers().isEmpty()) {
                return scored(upstream, tool, observation, last, Map.of());
            }
            markDone();
        } finally {
            counting.unlock();
        }
        Map<Rubric.Verifier, Verdict> verdicts = verdicts(deadline); // takes seconds, so not under the lock
        counting.lock();
        try {
            return scored(upstream, tool, observation, last, verdicts);
        } finally {
            counting.unlock();
        }
    }

    private Settled scored(
            String upstream,
            String tool,
            Observation observation,
            boolean last,
            Map<Rubric.Verifier, Verdict> verdicts) {
        Score score = reward.step(upstream, tool, observation, last, verdicts);
        if (score.hasFailed()) {
            lastFault = OutcomeClass.INFRA_ERROR;
        }
        if (last) {
            markDone();
        }
        return new Settled(observation.scored(score.reward(), last), score);
    }

    private void markDone() {
        finish(OutcomeClass.OK, "the episode is done: reset it to go on");
        done = true;
    }

    private Map<Rubric.Verifier, Verdict> verdicts(Deadline deadline) {
        OpenRun running = open;
        Map<Rubric.Verifier, Verdict> verdicts = new HashMap<>();
        for (Rubric.Verifier verifier : reward.verifiers()) {
            verdicts.put(
                    verifier,
                    running == null
                            ? new Verdict.None("the episode was reset or closed before it was verified")
                            : running.verify(verifier, deadline));
        }
        return verdicts;
    }

    /**
     * An observation as its trainer is told it, and how its reward came about.
     *
     * @param observation with the reward that the manifest declares, and whether the run is done
     */
    public record Settled(Observation observation, Score score) {}

    /** What a call that came to no observation costs. */
    public Score charge(Refusal refusal) {
        counting.lock();
        try {
            return over == null ? reward.refused(refusal.outcome()) : Score.NONE;
        } finally {
            counting.unlock();
        }
    }

    /** Notes why a call came to no observation; a dead environment ends the run. Returns whether it has ended. */
    public boolean failed(Refusal refusal) {
        counting.lock();
        try {
            if (refusal.outcome().isFault()) {
                lastFault = refusal.outcome();
            }
            if (hasLostItsEnvironment(refusal.outcome())) {
                finish(refusal.outcome(), "the episode ended because its environment failed: reset it or open another");
            }
            return over != null;
        } finally {
            counting.unlock();
        }
    }

    /** A call that was given up can cost the connection, where the upstream answers strictly in turn. */
    private boolean hasLostItsEnvironment(OutcomeClass outcome) {
        OpenRun running = open;
        return running == null
                ? outcome == OutcomeClass.ENV_ERROR
                : (outcome.isFault() || outcome == OutcomeClass.CANCELLED) && !running.usable();
    }

    /**
     * The state that the environment itself keeps; empty before the first reset or call, and once the run has failed.
     *
     * @throws Refusal {@code env_error} or {@code timeout}; the run has ended by it if nothing more can be asked
     */
    ObjectNode environmentState(Deadline deadline) {
        OpenRun running = open;
        if (running == null || !running.usable()) {
            return JsonNodeFactory.instance.objectNode();
        }
        enter();
        try {
            return running.state(deadline);
        } catch (Refusal refusal) {
            failed(refusal);
            throw refusal;
        } finally {
            leave();
        }
    }

    /** The first observation as its trainer is told it: no step was made, so none earned anything. */
    ResetObservation told(ResetObservation first) {
        return reward.isDeclared()
                ? new ResetObservation(first.observation(), null, first.done(), first.metadata())
                : first;
    }

    /** Ends the run if the environment has ended the episode with the reset already. */
    private void began(ResetObservation first) {
        counting.lock();
        try {
            reward.began(first.reward());
            if (first.done()) {
                markDone();
            }
        } finally {
            counting.unlock();
        }
    }

    /** Ends the run and everything that runs in it. Safe to call twice; blocks until it is gone. */
    void end(String reason) {
        counting.lock();
        try {
            finish(OutcomeClass.OK, reason);
        } finally {
            counting.unlock();
        }
        stop();
    }

    /** Stops what runs and lets go of it, leaving the counters readable: closed episodes are remembered for a while. */
    void stop() {
        starting.lock();
        try {
            OpenRun running = open;
            if (running != null) {
                running.close();
                open = null;
            }
        } finally {
            starting.unlock();
        }
    }

    public Status status() {
        counting.lock();
        try {
            OutcomeClass fault = lastFault;
            return new Status(steps, reward.total(), done, over != null, fault == null ? OutcomeClass.OK : fault);
        } finally {
            counting.unlock();
        }
    }

    /** Whether its upstreams are started and it can go on. */
    public boolean isOpen() {
        return open != null && !isOver();
    }

    /** Whether neither a reset nor a call has touched it yet. */
    boolean isFresh() {
        return open == null && status().steps() == 0 && !isOver();
    }

    boolean isOver() {
        return status().over();
    }

    /**
     * What a run has come to so far.
     *
     * @param steps the calls that left for a tool
     * @param rewardSum the sum of all that was earned so far, 0 where nothing was; null where it is not known
     * @param done whether the environment said that the episode is done
     * @param over whether no further call can succeed
     * @param outcome the last fault, or {@code ok}
     */
    public record Status(int steps, @Nullable Double rewardSum, boolean done, boolean over, OutcomeClass outcome) {}

    private void finish(OutcomeClass outcome, String reason) {
        if (over == null) {
            over = Refusal.of(OutcomeClass.EPISODE_OVER, "episode_over", reason);
            if (outcome.isFault()) {
                lastFault = outcome;
            }
        }
    }

    private void refuseIfOver() {
        counting.lock();
        try {
            if (over != null) {
                throw over;
            }
        } finally {
            counting.unlock();
        }
    }
}
