package dev.stepgate.environment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.stepgate.environment.Reward.Charged;
import dev.stepgate.environment.Reward.Costs;
import dev.stepgate.environment.Reward.Mode;
import dev.stepgate.environment.Rubric.Gate;
import dev.stepgate.environment.Rubric.Given;
import dev.stepgate.environment.Rubric.Part;
import dev.stepgate.environment.Rubric.Result;
import dev.stepgate.environment.Rubric.Sequence;
import dev.stepgate.environment.Rubric.Trajectory;
import dev.stepgate.environment.Rubric.WeightedSum;
import dev.stepgate.yaml.YamlRefused;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewardReaderTest {
    private static final String ENVIRONMENT = """
            name: e
            stepgate:
              upstreams:
                game: { builtin: echo }
                web: { http: { url: "https://api.example.com/mcp" } }
            """;

    @Test
    void readsNothingWhereTheManifestSaysNothing() throws YamlRefused {
        assertThat(manifest("").reward()).isNull();
        assertThat(manifest("  reward: {}").reward())
                .isEqualTo(new Reward(Mode.DELTA, -1e9, 1e9, Set.of(), new Given(null), Costs.NONE));
    }

    @Test
    void readsEveryKindOfRubric() throws YamlRefused {
        Reward reward = manifest("""
              reward:
                mode: cumulative
                range: { min: -1, max: 1.5 }
                upstreams: { game: cumulative, web: delta }
                rubric:
                  trajectory:
                    score: mean
                    intermediate: -0.5
                    discount: 0.9
                    rubric:
                      weighted_sum:
                        - { weight: 0.75, rubric: { upstream: game } }
                        - weight: 0.25
                          rubric:
                            sequence:
                              - gate: { threshold: 0.5, rubric: { result: { tool: web.judge, at: /structuredContent/score } } }
                              - result: { tool: web.judge, at: /structuredContent/right, equals: true }
                costs: { step: 0.01, tools: { game.hint: 0.1 }, outcomes: { policy_denied: 0.2, tool_error: 0.3 } }
            """).reward();
        JsonPointer score = JsonPointer.compile("/structuredContent/score");
        JsonPointer right = JsonPointer.compile("/structuredContent/right");
        Rubric parts = new WeightedSum(List.of(
                new Part(0.75, new Given("game")),
                new Part(
                        0.25,
                        new Sequence(List.of(
                                new Gate(0.5, new Result("web.judge", score, null)),
                                new Result("web.judge", right, BooleanNode.TRUE))))));
        assertThat(reward)
                .isEqualTo(new Reward(
                        Mode.CUMULATIVE,
                        -1,
                        1.5,
                        Set.of("game"),
                        new Trajectory(Trajectory.Of.MEAN, -0.5, 0.9, parts),
                        new Costs(
                                0.01,
                                Map.of("game.hint", 0.1),
                                Map.of(Charged.POLICY_DENIED, 0.2, Charged.TOOL_ERROR, 0.3))));
        assertThat(reward == null ? Set.of() : reward.tools()).isEqualTo(Set.of("game.hint", "web.judge"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            { mod: delta }                                       | 6:13 unknown key `mod`
            { mode: final }                                      | 6:19 `final` is no `mode`
            { range: { min: 1, max: 0 } }                        | 6:30 `max` must be a number from 1 to 1000000000
            { upstreams: { games: delta } }                      | 6:26 unknown key `games`
            { upstreams: { game: cumulative, web: cumulative } } | 6:13 more than one upstream gives cumulative rewards
            { rubric: {} }                                       | 6:21 a rubric is exactly one of upstream, result, weighted_sum, gate, sequence and trajectory
            { rubric: { upstream: game, gate: {} } }             | 6:21 a rubric is exactly one of upstream, result, weighted_sum, gate, sequence and trajectory
            { rubric: { upstream: gama } }                       | 6:33 there is no upstream `gama`
            { rubric: { result: { tool: judge, at: /x } } }      | 6:39 `judge` is no tool
            { rubric: { result: { tool: webs.x, at: /x } } }     | 6:39 there is no upstream `webs`
            { rubric: { result: { tool: web.x, at: x } } }       | 6:46 `at` must be a pointer into the result
            { rubric: { result: { tool: web.x } } }              | 6:31 `at` is missing
            { rubric: { result: { tool: web.x, at: /x, equals: [] } } } | 6:62 `equals` must be a string, a number or a boolean, not a list
            { rubric: { weighted_sum: [ { weight: 0.4, rubric: { upstream: game } } ] } } | 6:23 the weights must each be over 0, and together 1
            { rubric: { weighted_sum: [] } }                     | 6:23 `weighted_sum` must be a list of at least one rubric
            { rubric: { gate: { threshold: 1 } } }               | 6:29 `rubric` is missing
            { rubric: { gate: { rubric: { trajectory: { rubric: { upstream: game } } } } } } | 6:41 `trajectory` may only be the whole rubric
            { rubric: { trajectory: { discount: 0, rubric: { upstream: game } } } } | 6:37 `discount` must be over 0
            { costs: { step: -1 } }                              | 6:22 `step` must be a number from 0 to 1000000000
            { costs: { outcomes: { timeout: 1 } } }              | 6:34 unknown key `timeout`
            { costs: { tools: { hint: 1 } } }                    | 6:37 `hint` is no tool
            """)
    void refusesWhatIsNoReward(String reward, String problem) {
        assertThat(problems("  reward: " + reward)).contains(problem);
    }

    @Test
    void refusesRubricsThatAreTooDeepOrTooMany() {
        String deep = "{ upstream: game }";
        for (int level = 0; level < 8; level++) {
            deep = "{ gate: { rubric: " + deep + " } }";
        }
        assertThat(String.join(",", problems("  reward: { rubric: " + deep + " }")))
                .contains("a rubric has at most 128 parts, 8 deep");
        String many = "{ sequence: [ " + "{ upstream: game }, ".repeat(128) + " ] }";
        assertThat(String.join(",", problems("  reward: { rubric: " + many + " }")))
                .contains("a rubric has at most 128 parts, 8 deep");
    }

    private static EnvironmentManifest manifest(String reward) throws YamlRefused {
        return ManifestReader.read("m", ENVIRONMENT + reward + "\n", Path.of(""));
    }

    private static List<String> problems(String reward) {
        try {
            manifest(reward);
            return List.of();
        } catch (YamlRefused refused) {
            return refused.problems().stream()
                    .map(problem ->
                            problem.place().line() + ":" + problem.place().column() + " " + problem.message())
                    .toList();
        }
    }
}
