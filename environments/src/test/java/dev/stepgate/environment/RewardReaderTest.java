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
import dev.stepgate.environment.Rubric.Verifier;
import dev.stepgate.environment.Rubric.WeightedSum;
import dev.stepgate.yaml.YamlRefused;
import java.nio.file.Path;
import java.time.Duration;
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
                work: { stdio: { command: node } }
            """;

    @Test
    void readsNothingWhereTheManifestSaysNothing() throws YamlRefused {
        assertThat(manifest("").reward()).isNull();
        assertThat(manifest("  reward: {}").reward())
                .isEqualTo(new Reward(Mode.DELTA, -1e9, 1e9, Set.of(), new Given(null), Costs.NONE, Set.of()));
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
                ends: [ web.submit ]
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
                                Map.of(Charged.POLICY_DENIED, 0.2, Charged.TOOL_ERROR, 0.3)),
                        Set.of("web.submit")));
        assertThat(reward == null ? Set.of() : reward.tools())
                .isEqualTo(Set.of("game.hint", "web.judge", "web.submit"));
    }

    @Test
    void readsWhoVerifiesARun() throws YamlRefused {
        Reward reward = manifest("""
              reward:
                mode: terminal
                rubric:
                  sequence:
                    - gate: { rubric: { verifier: { workspace: work, command: sh, args: [ check ], env: { A: b }, timeout: 9s } } }
                    - verifier: { workspace: work, command: python3, packages: { folder: tests, install: make } }
            """).reward();
        assertThat(reward == null ? List.of() : reward.verifiers())
                .containsExactly(
                        new Verifier("work", "sh", List.of("check"), Map.of("A", "b"), null, Duration.ofSeconds(9)),
                        new Verifier(
                                "work",
                                "python3",
                                List.of(),
                                Map.of(),
                                new Upstream.Packages(Path.of("/environments/e/tests"), "make"),
                                Duration.ofSeconds(50)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            { mod: delta }                                       | 7:13 unknown key `mod`
            { mode: final }                                      | 7:19 `final` is no `mode`
            { range: { min: 1, max: 0 } }                        | 7:30 `max` must be a number from 1 to 1000000000
            { upstreams: { games: delta } }                      | 7:26 unknown key `games`
            { upstreams: { game: cumulative, web: cumulative } } | 7:13 more than one upstream gives cumulative rewards
            { rubric: {} }                                       | 7:21 a rubric is exactly one of upstream, result, verifier, weighted_sum, gate, sequence and trajectory
            { rubric: { upstream: game, gate: {} } }             | 7:21 a rubric is exactly one of upstream, result, verifier, weighted_sum, gate, sequence and trajectory
            { rubric: { upstream: gama } }                       | 7:33 there is no upstream `gama`
            { rubric: { result: { tool: judge, at: /x } } }      | 7:39 `judge` is no tool
            { rubric: { result: { tool: webs.x, at: /x } } }     | 7:39 there is no upstream `webs`
            { rubric: { result: { tool: web.x, at: x } } }       | 7:46 `at` must be a pointer into the result
            { rubric: { result: { tool: web.x } } }              | 7:31 `at` is missing
            { rubric: { result: { tool: web.x, at: /x, equals: [] } } } | 7:62 `equals` must be a string, a number or a boolean, not a list
            { rubric: { weighted_sum: [ { weight: 0.4, rubric: { upstream: game } } ] } } | 7:23 the weights must each be over 0, and together 1
            { rubric: { weighted_sum: [] } }                     | 7:23 `weighted_sum` must be a list of at least one rubric
            { rubric: { gate: { threshold: 1 } } }               | 7:29 `rubric` is missing
            { rubric: { gate: { rubric: { trajectory: { rubric: { upstream: game } } } } } } | 7:41 `trajectory` may only be the whole rubric
            { rubric: { trajectory: { discount: 0, rubric: { upstream: game } } } } | 7:37 `discount` must be over 0
            { costs: { step: -1 } }                              | 7:22 `step` must be a number from 0 to 1000000000
            { costs: { outcomes: { timeout: 1 } } }              | 7:34 unknown key `timeout`
            { costs: { tools: { hint: 1 } } }                    | 7:37 `hint` is no tool
            { ends: [ submit ] }                                 | 7:21 `submit` is no tool
            { rubric: { verifier: { workspace: game, command: sh } } } | 7:46 there is no upstream `game` that is started here
            { rubric: { verifier: { workspace: work } } }        | 7:33 `command` is missing
            { rubric: { verifier: { workspace: work, command: sh, timeout: 51s } } } | 7:74 `timeout` must be a duration of at most 50s
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
        return ManifestReader.read("m", ENVIRONMENT + reward + "\n", Path.of("/environments/e"));
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
