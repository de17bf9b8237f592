package dev.stepgate.gateway.journal;

import dev.stepgate.gateway.reward.Score;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;

/** What a call came to. Its record is on file by the time a caller holds one. */
public sealed interface Outcome {

    /** The class that trainers mask by and operators count. */
    OutcomeClass outcomeClass();

    /** The finer code beside the class. */
    String code();

    /** What the call earned or is charged, and how that came about. */
    Score score();

    /** What it is to a caller that may not see rewards, nor whether the episode is done. */
    Outcome forAgents();

    /**
     * The tool answered, well or with an error of its own.
     *
     * @param score how the observation's reward came about; a step that could not be scored is a fault to trainers alone
     */
    record Observed(Observation observation, Score score) implements Outcome {
        @Override
        public OutcomeClass outcomeClass() {
            if (score.hasFailed()) {
                return OutcomeClass.INFRA_ERROR;
            }
            return observation.error() ? OutcomeClass.TOOL_ERROR : OutcomeClass.OK;
        }

        @Override
        public String code() {
            return score.hasFailed() ? Score.UNSCORED : outcomeClass().wireName();
        }

        @Override
        public Outcome forAgents() {
            return new Observed(observation.forAgents(), Score.NONE);
        }
    }

    /**
     * Any answer that is no observation.
     *
     * @param refusal the code and the sentence for the caller
     * @param episodeEnded whether the episode's run ended with it, so that no further call can succeed
     * @param score what the call is charged
     */
    record Refused(Refusal refusal, boolean episodeEnded, Score score) implements Outcome {
        @Override
        public OutcomeClass outcomeClass() {
            return refusal.outcome();
        }

        @Override
        public String code() {
            return refusal.code();
        }

        @Override
        public Outcome forAgents() {
            return new Refused(refusal, false, Score.NONE);
        }
    }
}
