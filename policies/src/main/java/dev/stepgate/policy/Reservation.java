package dev.stepgate.policy;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a call has taken of budgets and limits until it ends. Exactly the first of {@link #settle} and {@link #release}
 * counts, from whatever thread.
 */
public final class Reservation {
    private final EpisodeLedger episode;
    private final CallerLedger caller;
    private final EpisodeLedger.Ask ask;
    private final ToolTerms terms;
    private final long resultBytes;
    private final AtomicBoolean ended = new AtomicBoolean();

    Reservation(EpisodeLedger episode, CallerLedger caller, EpisodeLedger.Ask ask, ToolTerms terms, long resultBytes) {
        this.episode = episode;
        this.caller = caller;
        this.ask = ask;
        this.terms = terms;
        this.resultBytes = resultBytes;
    }

    /** How many bytes the call's result may have, by its tool's own limit and by what the episode had left. */
    public long resultBytes() {
        return resultBytes;
    }

    /**
     * Ends a call that left for its tool, whatever it came to: it stays counted.
     *
     * @param bytes of its result that were passed on, from 0
     */
    public void settle(long bytes) {
        if (ended.compareAndSet(false, true)) {
            caller.release(ask.tool());
            episode.settle(resultBytes, Math.min(bytes, resultBytes));
        }
    }

    /** Ends a call that never left: it is as if it had not been asked for, but for the minute that it was asked in. */
    public void release() {
        if (ended.compareAndSet(false, true)) {
            caller.release(ask.tool());
            episode.release(ask, terms, resultBytes);
        }
    }
}
