package dev.stepgate.gateway.episode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.episode.RunBackend.OpenRun;
import dev.stepgate.gateway.episode.RunBackend.ResetObservation;
import dev.stepgate.gateway.episode.RunBackend.ResetRequest;
import dev.stepgate.gateway.journal.EpisodeJournal;
import dev.stepgate.gateway.journal.ResetRecord;
import dev.stepgate.gateway.reward.RunReward;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One episode: an owner, a slot, and a sequence of runs. Safe for use by many threads; resets and the close exclude each
 * other, calls do not.
 */
public final class Episode {
    private static final Duration AT_WORK = Duration.ofSeconds(2);

    private final Spec spec;
    private final RunBackend backend;
    private final EpisodeJournal journal;
    private final Capacity.Slot slot;
    private final Runnable forget;
    private final ReentrantLock lifecycle = new ReentrantLock();
    private final Set<Runnable> closeListeners = ConcurrentHashMap.newKeySet();
    private volatile EpisodeRun run;
    private volatile boolean closed;
    private volatile long lastUsedNanos = System.nanoTime();

    /**
     * What is fixed for an episode's life.
     *
     * @param key the gateway's own key: 128 random bits, hexadecimal
     * @param id the id its owner knows it by
     * @param environment the environment's id
     * @param owner the key of the principal that opened it
     * @param expiresAt when it ends at the latest, or null
     * @param narrowing what its trainer has taken away
     */
    record Spec(
            String key,
            String id,
            String environment,
            String owner,
            Origin origin,
            EpisodeSettings settings,
            @Nullable Instant expiresAt,
            Narrowing narrowing) {}

    Episode(Spec spec, RunBackend backend, EpisodeJournal journal, Capacity.Slot slot, Runnable forget) {
        this.spec = spec;
        this.backend = backend;
        this.journal = journal;
        this.slot = slot;
        this.forget = forget;
        this.run = newRun(0, Episodes.NO_REQUEST);
    }

    public String key() {
        return spec.key();
    }

    public String id() {
        return spec.id();
    }

    public String environment() {
        return spec.environment();
    }

    public String owner() {
        return spec.owner();
    }

    public Origin origin() {
        return spec.origin();
    }

    public EpisodeSettings settings() {
        return spec.settings();
    }

    public @Nullable Instant expiresAt() {
        return spec.expiresAt();
    }

    public Narrowing narrowing() {
        return spec.narrowing();
    }

    public EpisodeJournal journal() {
        return journal;
    }

    /** The run that calls go to now. */
    public EpisodeRun currentRun() {
        lastUsedNanos = System.nanoTime();
        return run;
    }

    public boolean isClosed() {
        return closed;
    }

    /** {@code open}, {@code done}, or {@code closed}: also when its environment died and only a reset would go on. */
    public String statusName() {
        EpisodeRun.Status status = run.status();
        if (closed || (status.over() && !status.done())) {
            return "closed";
        }
        return status.done() ? "done" : "open";
    }

    /** The run whose status is shown; unlike {@link #currentRun()} this is no use of the episode. */
    public EpisodeRun shownRun() {
        return run;
    }

    /**
     * Begins the next run in a fresh sandbox; the episode's URLs stay. The old run is ended first, so that two sandboxes
     * of one episode never live at once.
     */
    public ResetObservation reset(ResetRequest request, Deadline deadline) {
        lifecycle.lock();
        try {
            refuseIfClosed();
            EpisodeRun old = run;
            EpisodeRun next = newRun(old.isFresh() ? old.number() : old.number() + 1, request);
            run = next;
            old.end("the episode was reset during the call");
            try {
                OpenRun open = next.opened(deadline);
                ResetObservation first = open.firstObservation();
                journal.reset(new ResetRecord(
                        next.episodeId(),
                        next.number(),
                        request.seed(),
                        request.withoutSeed(),
                        open.interfaceDigest(),
                        first.observation()));
                lastUsedNanos = System.nanoTime();
                return next.told(first);
            } catch (Refusal refusal) {
                next.failed(refusal);
                throw refusal;
            }
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * The state that the environment of the current run keeps itself.
     *
     * @throws Refusal {@code env_error} or {@code timeout}
     */
    public ObjectNode environmentState(Deadline deadline) {
        EpisodeRun current = currentRun();
        try {
            return current.environmentState(deadline);
        } catch (Refusal refusal) {
            if (current.isOver()) {
                runEnded(current);
            }
            throw refusal;
        }
    }

    /** Ends the episode, its sandbox and its slot. Safe to call twice; blocks until the sandbox is gone. */
    public void close() {
        lifecycle.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            EpisodeRun last = run;
            last.end("the episode is closed");
            recordEnd(last);
            journal.close();
        } finally {
            slot.release();
            forget.run();
            lifecycle.unlock();
        }
        closeListeners.forEach(this::tell);
    }

    /**
     * Has the listener run once when the episode closes for any reason, on the closing thread; at once if it is closed.
     *
     * @return takes the listener back
     */
    public Runnable onClose(Runnable listener) {
        closeListeners.add(listener);
        if (closed) {
            tell(listener);
        }
        return () -> closeListeners.remove(listener);
    }

    private void tell(Runnable listener) {
        if (closeListeners.remove(listener)) {
            listener.run();
        }
    }

    /** Takes down what is left of a run that has ended by a fault, and the episode with it where nobody could reset it. */
    public void runEnded(EpisodeRun ended) {
        if (spec.origin().endsWithItsRun()) {
            close();
        } else {
            ended.stop();
        }
    }

    /** Keeps the episode from being taken for idle. */
    public void touch() {
        lastUsedNanos = System.nanoTime();
    }

    /** Whether a call is being handled, or was within the last two seconds, in a run that can go on. */
    boolean isAtWork(long nowNanos) {
        EpisodeRun current = run;
        boolean recent = current.status().steps() > 0 && nowNanos - lastUsedNanos < AT_WORK.toNanos();
        return current.hasCalls() || (recent && !current.isOver());
    }

    boolean hasExpired(Instant now, long nowNanos) {
        Instant end = spec.expiresAt();
        boolean idle = nowNanos - lastUsedNanos > spec.settings().idle().toNanos();
        return idle || (end != null && now.isAfter(end));
    }

    private void refuseIfClosed() {
        if (closed) {
            throw Refusal.of(OutcomeClass.EPISODE_OVER, "episode_over", "the episode is closed");
        }
    }

    private void recordEnd(EpisodeRun last) {
        try {
            journal.ended(
                    last.episodeId(), last.number(), last.status().outcome().wireName());
        } catch (Refusal unwritable) {
            // The journal has said so in the log; an episode must end even when that cannot be written down.
        }
    }

    private EpisodeRun newRun(int number, ResetRequest request) {
        String asked = request.episodeId();
        return new EpisodeRun(
                backend,
                spec.environment(),
                journal,
                number,
                spec.settings().maxSteps(),
                asked == null ? spec.id() : asked,
                request,
                new RunReward(spec.settings().reward()));
    }
}
