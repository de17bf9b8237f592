package dev.stepgate.gateway.journal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.egress.EgressAttempt;

/**
 * The append-only record of one episode, over all its runs. Safe for use by many threads; records of one episode are
 * written one after the other, those of different episodes do not wait for each other.
 *
 * <p>Every method throws a {@link dev.stepgate.tool.Refusal} of class {@code infra_error} when the record cannot be
 * written: then what it records must not happen.
 */
public interface EpisodeJournal extends AutoCloseable {

    /** Begins the record of one call. Nothing is written before its intent or its refusal. */
    JournalEntry open(CallRecord call);

    /** Records that a run began. */
    void reset(ResetRecord reset);

    /** Records a request that is no tool call and no step, before it leaves. Trajectories do not show it. */
    void passing(String episodeId, int run, String principal, String method, ObjectNode params);

    /** Records what a sandbox of the run asked for outside and what came of it. Trajectories do not show it. */
    void wentOut(String episodeId, int run, EgressAttempt attempt);

    /** Records that the episode ended, and with which outcome class. */
    void ended(String episodeId, int run, String outcome);

    /** Ends the record and releases the file. The outcome of a call that is still under way is written all the same. */
    @Override
    void close();
}
