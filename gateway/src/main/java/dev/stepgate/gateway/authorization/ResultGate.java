package dev.stepgate.gateway.authorization;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.policy.ResultCheck;
import dev.stepgate.policy.ResultCheck.Outcome;
import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import org.jspecify.annotations.Nullable;

/** Holds what comes back to the terms of its call, for agents and trainers alike. Stateless. */
public final class ResultGate {

    /**
     * Passes a result on, as it is or with what is withheld taken out.
     *
     * @throws Refusal {@code result.tooLarge}, {@code result.type} or {@code result.schema}
     */
    public Observation pass(AuthorizedCall call, Observation observation) {
        ResultTerms terms = call.terms().result();
        long mostBytes = call.reservation().resultBytes();
        if (terms.equals(ResultTerms.NONE) && mostBytes == Long.MAX_VALUE) {
            return observation;
        }
        return switch (call.results().check(PlainJson.object(observation.result()), mostBytes)) {
            case Outcome.Refused(String code, String agentText) ->
                throw Refusal.of(OutcomeClass.POLICY_DENIED, code, agentText);
            case Outcome.Passed passed -> {
                call.reservation().settle(passed.bytes());
                yield terms.redacts() ? redacted(observation, passed, call.results()) : observation;
            }
        };
    }

    private static Observation redacted(Observation observation, Outcome.Passed passed, ResultCheck results) {
        return new Observation(
                PlainJson.node(passed.result()),
                observation.error(),
                observation.reward(),
                observation.done(),
                withheld(observation.metadata(), results),
                withheld(observation.fields(), results));
    }

    private static @Nullable ObjectNode withheld(@Nullable ObjectNode told, ResultCheck results) {
        return told == null ? null : PlainJson.node(results.withheld(PlainJson.object(told)));
    }
}
