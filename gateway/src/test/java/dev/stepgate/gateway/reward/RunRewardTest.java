package dev.stepgate.gateway.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stepgate.environment.Reward;
import dev.stepgate.environment.Reward.Charged;
import dev.stepgate.environment.Reward.Costs;
import dev.stepgate.environment.Reward.Mode;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.Rubric.Gate;
import dev.stepgate.environment.Rubric.Given;
import dev.stepgate.environment.Rubric.Part;
import dev.stepgate.environment.Rubric.Result;
import dev.stepgate.environment.Rubric.Sequence;
import dev.stepgate.environment.Rubric.Trajectory;
import dev.stepgate.environment.Rubric.WeightedSum;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunRewardTest {
    private static final JsonPointer SCORE = JsonPointer.compile("/score");
    private static final Rubric RESULT = new Result("u.judge", SCORE, null);

    @Test
    void passesOnWhatAnUpstreamGivesWhereNothingIsDeclared() {
        RunReward reward = new RunReward(null);
        reward.began(DoubleNode.valueOf(5));
        assertThat(reward.step("u", "u.t", given(BooleanNode.TRUE), false, Map.of()))
                .isEqualTo(new Score(BooleanNode.TRUE, null, null));
        assertThat(reward.step("u", "u.t", given(IntNode.valueOf(3)), true, Map.of())
                        .reward())
                .isEqualTo(IntNode.valueOf(3));
        assertThat(reward.step("u", "u.t", given(null), true, Map.of())).isEqualTo(Score.NONE);
        assertThat(reward.refused(OutcomeClass.TIMEOUT)).isEqualTo(Score.NONE);
        assertThat(reward.total()).isEqualTo(4.0);
    }

    @Test
    void countsWhatAVerifierSaysOnceTheRunIsDone() {
        Rubric.Verifier asked = new Rubric.Verifier("u", "sh", List.of(), Map.of(), null, Duration.ofSeconds(1));
        Rubric half = new WeightedSum(List.of(new Part(0.5, new Given(null)), new Part(0.5, asked)));
        RunReward reward = new RunReward(new Reward(Mode.DELTA, 0, 1, Set.of(), half, Costs.NONE, Set.of("u.submit")));
        assertThat(reward.verifiers()).containsExactly(asked);
        assertThat(number(reward.step("u", "u.t", given(DoubleNode.valueOf(1)), false, Map.of())))
                .isEqualTo(0.5);
        Score last = reward.step("u", "u.submit", given(null), true, Map.of(asked, new Verdict.Scored(0.8)));
        assertThat(number(last)).isEqualTo(0.4);
        Score none = reward.step("u", "u.submit", given(null), true, Map.of(asked, new Verdict.None("it hangs")));
        assertThat(none.failure()).isEqualTo("it hangs");
        assertThat(none.reward()).isNull();
        assertThat(reward.total()).isNull();
        assertThat(reward.ends("u.submit", given(null))).isTrue();
        assertThat(reward.ends("u.t", given(null))).isFalse();
    }

    @Test
    void tellsEachStepTheSumOrTheEndAsDeclared() {
        assertThat(rewards(Mode.DELTA, 1, null, 0.5)).containsExactly(1.0, null, 0.5);
        assertThat(rewards(Mode.CUMULATIVE, 1, null, 0.5)).containsExactly(1.0, 1.0, 1.5);
        assertThat(rewards(Mode.TERMINAL, 1, null, 0.5)).containsExactly(null, null, 1.5);
    }

    @Test
    void takesASumSoFarApart() {
        RunReward reward =
                new RunReward(new Reward(Mode.DELTA, -9, 9, Set.of("u"), new Given("u"), Costs.NONE, Set.of()));
        reward.began(DoubleNode.valueOf(2));
        assertThat(number(reward.step("u", "u.t", given(DoubleNode.valueOf(3)), false, Map.of())))
                .isEqualTo(1.0);
        assertThat(number(reward.step("u", "u.t", given(null), false, Map.of())))
                .isNull();
        assertThat(number(reward.step("u", "u.t", given(DoubleNode.valueOf(2.5)), false, Map.of())))
                .isEqualTo(-0.5);
        assertThat(number(reward.step("other", "other.t", given(DoubleNode.valueOf(4)), false, Map.of())))
                .isNull();
        assertThat(reward.total()).isEqualTo(0.5);
    }

    @Test
    void chargesStepsToolsAndFailuresAsDeclared() {
        Costs costs =
                new Costs(0.1, Map.of("u.hint", 0.5), Map.of(Charged.TOOL_ERROR, 0.25, Charged.POLICY_DENIED, 0.05));
        RunReward reward = new RunReward(new Reward(Mode.DELTA, -1, 1, Set.of(), new Given(null), costs, Set.of()));
        assertThat(number(reward.step("u", "u.t", given(DoubleNode.valueOf(1)), false, Map.of())))
                .isEqualTo(0.9);
        assertThat(number(reward.step("u", "u.hint", given(null), false, Map.of())))
                .isEqualTo(-0.6);
        Observation failed = new Observation(object(), true, null, false, null);
        assertThat(number(reward.step("u", "u.t", failed, false, Map.of()))).isEqualTo(-0.35);
        assertThat(number(reward.refused(OutcomeClass.POLICY_DENIED))).isEqualTo(-0.05);
        assertThat(reward.refused(OutcomeClass.BUDGET)).isEqualTo(Score.NONE);
        assertThat(reward.total()).isCloseTo(-0.1, within(1e-12));
    }

    @ParameterizedTest
    @EnumSource(
            value = OutcomeClass.class,
            names = {"TIMEOUT", "ENV_ERROR", "INFRA_ERROR"})
    void knowsNoSumOfARunThatAFaultHasStruck(OutcomeClass fault) {
        RunReward reward =
                new RunReward(new Reward(Mode.TERMINAL, -9, 9, Set.of(), new Given(null), Costs.NONE, Set.of()));
        reward.step("u", "u.t", given(DoubleNode.valueOf(1)), false, Map.of());
        assertThat(reward.refused(fault)).isEqualTo(Score.NONE);
        Score last = reward.step("u", "u.t", given(DoubleNode.valueOf(1)), true, Map.of());
        assertThat(last.reward()).isNull();
        assertThat(last.hasFailed()).isTrue();
        assertThat(reward.total()).isNull();
    }

    @Test
    void readsTheResultOfOneToolAndOfNoErrorOfIt() {
        assertThat(score(RESULT, "u.judge", result(IntNode.valueOf(1)))).isEqualTo(1.0);
        assertThat(score(RESULT, "u.judge", result(BooleanNode.FALSE))).isEqualTo(0.0);
        assertThat(score(RESULT, "u.other", result(IntNode.valueOf(1)))).isNull();
        Observation failed = new Observation(object(), true, null, false, null);
        assertThat(score(RESULT, "u.judge", failed)).isNull();
        Rubric equal = new Result("u.judge", SCORE, IntNode.valueOf(1));
        assertThat(score(equal, "u.judge", result(DoubleNode.valueOf(1.0)))).isEqualTo(1.0);
        assertThat(score(equal, "u.judge", result(TextNode.valueOf("1")))).isEqualTo(0.0);
        assertThat(score(equal, "u.judge", result(DoubleNode.valueOf(Double.NaN))))
                .isEqualTo(0.0);
    }

    @Test
    void hasNoRewardRatherThanAZeroWhereAStepCanNotBeScored() {
        for (JsonNode value :
                List.of(TextNode.valueOf("good"), DoubleNode.valueOf(Double.NaN), DoubleNode.valueOf(2), object())) {
            RunReward reward = new RunReward(new Reward(Mode.CUMULATIVE, 0, 1, Set.of(), RESULT, Costs.NONE, Set.of()));
            Score score = reward.step("u", "u.judge", result(value), false, Map.of());
            assertThat(score.reward()).isNull();
            assertThat(score.failure()).isNotNull();
            assertThat(reward.total()).isNull();
            assertThat(reward.step("u", "u.judge", result(IntNode.valueOf(1)), false, Map.of())
                            .reward())
                    .isNull();
        }
        RunReward missing = new RunReward(new Reward(Mode.DELTA, 0, 1, Set.of(), RESULT, Costs.NONE, Set.of()));
        assertThat(missing.step("u", "u.judge", Observation.of(object()), false, Map.of())
                        .failure())
                .isEqualTo("the result of `u.judge` has nothing at /score");
        RunReward infinite =
                new RunReward(new Reward(Mode.DELTA, -9, 9, Set.of(), new Given(null), Costs.NONE, Set.of()));
        assertThat(infinite.step("u", "u.t", given(DoubleNode.valueOf(Double.POSITIVE_INFINITY)), false, Map.of())
                        .failure())
                .isEqualTo("the reward that `u` gave is no finite number");
    }

    @Test
    void composesAsOpenEnvsRubricsDo() {
        Rubric one = new Given("u");
        Rubric sum = new WeightedSum(List.of(new Part(0.75, one), new Part(0.25, RESULT)));
        Observation both = new Observation(result(IntNode.valueOf(1)).result(), false, IntNode.valueOf(2), false, null);
        assertThat(score(sum, "u.judge", both)).isEqualTo(1.75);
        assertThat(score(sum, "u.other", both)).isEqualTo(1.5);
        assertThat(score(sum, "u.other", given(null))).isNull();
        assertThat(score(new Gate(2, one), "u.t", both)).isEqualTo(2.0);
        assertThat(score(new Gate(2.5, one), "u.t", both)).isEqualTo(0.0);
        assertThat(score(new Gate(2, one), "u.t", given(null))).isNull();
        assertThat(score(new Sequence(List.of(one, RESULT)), "u.judge", both)).isEqualTo(1.0);
        assertThat(score(new Sequence(List.of(new Gate(3, one), RESULT)), "u.judge", both))
                .isEqualTo(0.0);
        assertThat(score(new Sequence(List.of(RESULT, one)), "u.other", both)).isNull();
    }

    @Test
    void writesTheScoreOfEveryPartUnderItsPath() {
        Rubric rubric = new Sequence(List.of(new Gate(3, new Given("u")), RESULT));
        RunReward reward = new RunReward(new Reward(Mode.DELTA, -9, 9, Set.of(), rubric, Costs.NONE, Set.of()));
        Score score = reward.step("u", "u.judge", given(IntNode.valueOf(2)), false, Map.of());
        assertThat(String.valueOf(score.parts()))
                .isEqualTo("{\"mode\":\"delta\",\"scores\":{\"rubric.0.0\":2.0,\"rubric.0\":0.0,\"rubric\":0.0},"
                        + "\"delta\":0.0,\"cost\":0.0,\"total\":0.0}");
    }

    @Test
    void scoresARunAsAWholeAndSharesItOutByItsDiscount() {
        Score last = trajectory(Trajectory.Of.SUM, 0.5, 0.25, null, 0.5);
        assertThat(number(last)).isEqualTo(0.75);
        assertThat(String.valueOf(last.parts()))
                .contains("\"score\":0.75,\"discount\":0.5,\"steps\":3,\"credits\":[0.1875,0.375,0.75]");
        assertThat(number(trajectory(Trajectory.Of.MEAN, 1, 0.25, null, 0.5))).isEqualTo(0.375);
        assertThat(number(trajectory(Trajectory.Of.BEST, 1, 0.75, null, 0.5))).isEqualTo(0.75);
        assertThat(number(trajectory(Trajectory.Of.LAST, 1, 0.75, 0.5, null))).isEqualTo(0.5);
        assertThat(number(trajectory(Trajectory.Of.LAST, 1, null, null, null))).isEqualTo(0.0);
    }

    @Test
    void listsTheCreditsOfSoManyStepsOnly() {
        RunReward reward = new RunReward(new Reward(
                Mode.DELTA,
                -1,
                1,
                Set.of(),
                new Trajectory(Trajectory.Of.LAST, 0, 1, new Given(null)),
                Costs.NONE,
                Set.of()));
        for (int step = 0; step < RunReward.MOST_CREDITS; step++) {
            assertThat(number(reward.step("u", "u.t", given(IntNode.valueOf(1)), false, Map.of())))
                    .isEqualTo(0.0);
        }
        ObjectNode parts = reward.step("u", "u.t", given(IntNode.valueOf(1)), true, Map.of())
                .parts();
        assertThat(parts == null ? List.of() : List.copyOf(parts.properties()).toString())
                .asString()
                .contains("steps=1001")
                .doesNotContain("credits");
    }

    private static Score trajectory(Trajectory.Of of, double discount, @Nullable Double... given) {
        RunReward reward = new RunReward(new Reward(
                Mode.DELTA,
                -1,
                1,
                Set.of(),
                new Trajectory(of, -0.5, discount, new Given(null)),
                Costs.NONE,
                Set.of()));
        Score score = Score.NONE;
        for (int step = 0; step < given.length; step++) {
            boolean last = step == given.length - 1;
            Double number = given[step];
            score = reward.step("u", "u.t", given(number == null ? null : DoubleNode.valueOf(number)), last, Map.of());
            assertThat(last || Double.valueOf(-0.5).equals(number(score))).isTrue();
        }
        return score;
    }

    private static List<@Nullable Double> rewards(Mode mode, double first, @Nullable Double second, double third) {
        RunReward reward = new RunReward(new Reward(mode, -9, 9, Set.of(), new Given(null), Costs.NONE, Set.of()));
        java.util.ArrayList<@Nullable Double> told = new java.util.ArrayList<>();
        told.add(number(reward.step("u", "u.t", given(DoubleNode.valueOf(first)), false, Map.of())));
        told.add(number(
                reward.step("u", "u.t", given(second == null ? null : DoubleNode.valueOf(second)), false, Map.of())));
        told.add(number(reward.step("u", "u.t", given(DoubleNode.valueOf(third)), true, Map.of())));
        return told;
    }

    private static @Nullable Double score(Rubric rubric, String tool, Observation observation) {
        RunReward reward = new RunReward(new Reward(Mode.DELTA, -9, 9, Set.of(), rubric, Costs.NONE, Set.of()));
        Score score = reward.step("u", tool, observation, false, Map.of());
        assertThat(score.failure()).isNull();
        return number(score);
    }

    private static @Nullable Double number(Score score) {
        JsonNode reward = score.reward();
        return reward == null ? null : reward.doubleValue();
    }

    private static Observation given(@Nullable JsonNode reward) {
        return new Observation(object(), false, reward, false, null);
    }

    private static Observation result(JsonNode score) {
        ObjectNode result = object();
        result.set("score", score);
        return Observation.of(result);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
