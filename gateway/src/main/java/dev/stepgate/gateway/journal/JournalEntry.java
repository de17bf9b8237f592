package dev.stepgate.gateway.journal;

import dev.stepgate.gateway.reward.Score;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import java.util.List;

/** One call's record: opened when it arrives, intended before it leaves, closed by what it came to. One thread uses it. */
public interface JournalEntry {

    /** Notes on what grounds the call was allowed or refused; it goes on file with whatever comes next. */
    void judged(Grounds grounds);

    /**
     * Puts the intent on file. Once this returns the call may leave.
     *
     * @param step the step's number in its run, from 1
     * @param credentials what the call carries
     */
    void intend(int step, List<CredentialUse> credentials);

    /** Puts the observation on file, and how its reward came about. */
    Outcome.Observed observed(Observation observation, Score score);

    /** Puts the refusal on file: as a step that failed if the call had left, as no step otherwise. */
    Outcome.Refused refused(Refusal refusal, boolean episodeEnded, Score score);
}
