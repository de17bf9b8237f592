package dev.stepgate.gateway.journal;

import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;

/** What a call came to. Its record is on file by the time a caller holds one. */
public sealed interface Outcome {

    /** The class that trainers mask by and operators count. */
    OutcomeClass outcomeClass();

    /** What it is to a caller that may not see rewards, nor whether the episode is done. */
    Outcome forAgents();

    /** The tool answered, well or with an error of its own. */
    record Observed(Observation observation) implements Outcome {
        @Override
        public OutcomeClass outcomeClass() {
            return observation.error() ? OutcomeClass.TOOL_ERROR : OutcomeClass.OK;
        }

        @Override
        public Outcome forAgents() {
            return new Observed(observation.forAgents());
        }
    }

    /**
     * Any answer that is no observation.
     *
     * @param refusal the code and the sentence for the caller
     * @param episodeEnded whether the episode's run ended with it, so that no further call can succeed
     */
    record Refused(Refusal refusal, boolean episodeEnded) implements Outcome {
        @Override
        public OutcomeClass outcomeClass() {
            return refusal.outcome();
        }

        @Override
        public Outcome forAgents() {
            return new Refused(refusal, false);
        }
    }
}
