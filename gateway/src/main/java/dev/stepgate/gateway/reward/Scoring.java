package dev.stepgate.gateway.reward;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Rubric;
import dev.stepgate.tool.Observation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a rubric says of one step. The score of every part goes into {@code scores} under its path, {@code rubric.0.1} for the
 * second part of the first.
 *
 * @param given what the upstream itself gave for this step, or null
 * @param verdicts of the verifiers, at the end of a run
 */
record Scoring(
        String upstream,
        String tool,
        Observation observation,
        @Nullable Double given,
        Map<Rubric.Verifier, Verdict> verdicts,
        ObjectNode scores) {

    /** @return null where it says nothing of this step */
    @Nullable
    Double evaluate(String path, Rubric rubric) throws Unscored {
        Double score = switch (rubric) {
            case Rubric.Given part -> part.upstream() == null || part.upstream().equals(upstream) ? given : null;
            case Rubric.Result part -> result(part);
            case Rubric.Verifier part -> verdict(verdicts.get(part));
            case Rubric.WeightedSum part -> weightedSum(path, part);
            case Rubric.Gate part -> gate(evaluate(path + ".0", part.rubric()), part.threshold());
            case Rubric.Sequence part -> sequence(path, part);
            case Rubric.Trajectory part -> evaluate(path + ".0", part.rubric());
        };
        scores.put(path, score);
        return score;
    }

    private static @Nullable Double verdict(@Nullable Verdict verdict) throws Unscored {
        if (verdict == null) {
            return null;
        }
        return switch (verdict) {
            case Verdict.Scored(double score) -> score;
            case Verdict.None(String reason) -> throw new Unscored(reason);
        };
    }

    private @Nullable Double weightedSum(String path, Rubric.WeightedSum rubric) throws Unscored {
        Double sum = null;
        int number = 0;
        for (Rubric.Part part : rubric.parts()) {
            Double score = evaluate(path + "." + number++, part.rubric());
            if (score != null) {
                sum = (sum == null ? 0 : sum) + part.weight() * score;
            }
        }
        return sum;
    }

    private static @Nullable Double gate(@Nullable Double score, double threshold) {
        return score == null || score >= threshold ? score : Double.valueOf(0);
    }

    private @Nullable Double sequence(String path, Rubric.Sequence rubric) throws Unscored {
        Double score = null;
        int number = 0;
        for (Rubric part : rubric.rubrics()) {
            score = evaluate(path + "." + number++, part);
            if (score == null || score == 0) {
                return score;
            }
        }
        return score;
    }

    private @Nullable Double result(Rubric.Result rubric) throws Unscored {
        if (!rubric.tool().equals(tool) || observation.error()) {
            return null;
        }
        JsonNode value = observation.result().at(rubric.at());
        JsonNode expected = rubric.expected();
        if (value.isMissingNode()) {
            throw new Unscored("the result of `" + tool + "` has nothing at " + rubric.at());
        }
        if (expected != null) {
            return isEqual(value, expected) ? 1.0 : 0.0;
        }
        if (value.isBoolean()) {
            return value.booleanValue() ? 1.0 : 0.0;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw new Unscored("the result of `" + tool + "` has no finite number at " + rubric.at());
        }
        return value.doubleValue();
    }

    /** Numbers are equal by value: 1 is 1.0. */
    private static boolean isEqual(JsonNode value, JsonNode expected) {
        if (value.isNumber() && expected.isNumber() && Double.isFinite(value.doubleValue())) {
            return value.decimalValue().compareTo(expected.decimalValue()) == 0;
        }
        return value.equals(expected);
    }
}
