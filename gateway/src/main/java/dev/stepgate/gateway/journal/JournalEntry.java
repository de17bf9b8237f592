package dev.stepgate.gateway.journal;

import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import java.util.List;

/** One call's record: opened when it arrives, intended before it leaves, closed by what it came to. One thread uses it. */
public interface JournalEntry {

    /**
     * Puts the intent on file. Once this returns the call may leave.
     *
     * @param step the step's number in its run, from 1
     * @param policy the policy that allowed it, as {@code name@version}
     * @param rules the ids of the deciding rules
     */
    void intend(int step, String policy, List<String> rules);

    /** Puts the observation on file. */
    Outcome.Observed observed(Observation observation);

    /** Puts the refusal on file: as a step that failed if the call had left, as no step otherwise. */
    Outcome.Refused refused(Refusal refusal, boolean episodeEnded);
}
