package dev.stepgate.gateway.authorization;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.result.ResultFilter;
import dev.stepgate.policy.result.ResultFilter.Outcome;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Holds what comes back to the terms of its call. Safe for use by many threads. */
public final class ResultGate {
    private static final int MAX_FILTERS = 10_000;

    /** A filter is compiled once for the terms of a tool; a reload brings new terms. */
    private final ConcurrentHashMap<Key, ResultFilter> filters = new ConcurrentHashMap<>();

    private record Key(ResultTerms terms, @Nullable String outputSchema) {}

    /**
     * Passes a result on, as it is or with what is withheld taken out.
     *
     * @throws Refusal {@code result.tooLarge}, {@code result.type} or {@code result.schema}
     */
    public Observation pass(AuthorizedCall call, Observation observation) {
        ResultTerms terms = call.terms().result();
        boolean unlimited = call.reservation().resultBytes() == Long.MAX_VALUE;
        if (terms.equals(ResultTerms.NONE) && unlimited) {
            return observation;
        }
        Outcome outcome = filter(call, terms)
                .filter(
                        PlainJson.object(observation.result()),
                        call.reservation().resultBytes());
        return switch (outcome) {
            case Outcome.Refused(String code, String agentText) ->
                throw Refusal.of(OutcomeClass.POLICY_DENIED, code, agentText);
            case Outcome.Passed passed -> {
                call.reservation().settle(passed.bytes());
                yield terms.redacts()
                        ? new Observation(
                                PlainJson.node(passed.result()),
                                observation.error(),
                                observation.reward(),
                                observation.done(),
                                observation.metadata())
                        : observation;
            }
        };
    }

    private ResultFilter filter(AuthorizedCall call, ResultTerms terms) {
        JsonNode output = call.tool().descriptor().definition().get("outputSchema");
        Key key = new Key(terms, terms.enforceSchema() && output != null ? output.toString() : null);
        if (filters.size() > MAX_FILTERS) {
            filters.clear();
        }
        return filters.computeIfAbsent(key, missing -> ResultFilter.of(missing.terms(), missing.outputSchema()));
    }
}
