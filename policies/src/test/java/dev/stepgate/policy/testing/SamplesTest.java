package dev.stepgate.policy.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.Mode;
import dev.stepgate.policy.compile.CatalogueFile;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplesTest {
    private static final Path GOOD = Path.of("samples", "good");
    private static final Path BROKEN = Path.of("samples", "broken");

    @ParameterizedTest
    @ValueSource(strings = {"notes", "swe", "analyst", "ops"})
    void everySamplePassesItsTests(String name) throws IOException, YamlRefused {
        TestFile tests = TestFileReader.read(name + ".test.yaml", Files.readString(GOOD.resolve(name + ".test.yaml")));
        List<TestResult> results = PolicyTests.run(policy(GOOD, name), facts(name, tests.environment()), tests);

        assertThat(results).hasSizeGreaterThanOrEqualTo(tests.cases().size());
        assertThat(results)
                .allSatisfy(
                        result -> assertThat(result.failure()).as(result.name()).isEmpty());
    }

    @Test
    void reportsEveryMistakeOfTheBrokenTwinOfSwe() {
        assertThat(problems("swe"))
                .containsExactlyInAnyOrder(
                        "16:14 unknown key `perEpisod` / did you mean `perEpisode`?",
                        "18:5 a flow rule needs `after` and `block` / write after: { reads: private }, block: { sends: external }",
                        "21:22 a mode may not change `allow` / it may change: approve, backend, credential, enforce, limit, result, who");
    }

    @Test
    void reportsEveryMistakeOfTheBrokenTwinOfAnalyst() {
        assertThat(problems("analyst"))
                .contains(
                        "8:24 `sql` can only be `read-only` / write `sql: read-only`",
                        "9:32 this is no day / valid: mon, tue, wed, thu, fri, sat, sun",
                        "9:42 `hours` must be an interval of a day / write \"07:00-20:00\"",
                        "10:43 `texts` is no content type / did you mean `text`?");
    }

    @Test
    void reportsWhatOnlyTheToolsShow() {
        assertThat(problems("ops"))
                .contains(
                        "5:3 the environment has no tool `k8s.gett` / did you mean `k8s.get`?",
                        "8:5 the environment has no credential `cluster` / name it under `credentials` of the manifest, or leave `credential` out",
                        "14:43 the environment has no tool `k8s.got` / did you mean `k8s.get`?",
                        "13:45 `result` is not known yet: `when` is decided before the call / limit what comes back under `result`",
                        "16:5 `enforce: shadow` lets calls through and is not taken in production / write it under `modes: { training: … }`");
    }

    @Test
    void reportsEveryMistakeOfTheBrokenTwinOfNotes() {
        assertThat(problems("notes"))
                .contains(
                        "8:27 unknown key `witihn` / did you mean `within`?",
                        "11:15 `when` must be a string, not a mapping / put it in quotes",
                        "14:32 `maxLength` must be a whole number from 0 to 100000000 / ");
    }

    private static List<String> problems(String name) {
        List<String> problems = new ArrayList<>();
        try {
            Policy policy = policy(BROKEN, name);
            EnvironmentFacts facts = facts(name, "x").in(Mode.PRODUCTION);
            PolicyCompiler.compile(policy, facts);
        } catch (YamlRefused refused) {
            for (Problem problem : refused.problems()) {
                problems.add(problem.place().line() + ":" + problem.place().column() + " " + problem.message() + " / "
                        + problem.help());
            }
        } catch (IOException missing) {
            throw new AssertionError(missing);
        }
        return problems;
    }

    private static Policy policy(Path folder, String name) throws IOException, YamlRefused {
        return PolicyReader.read(name + ".yaml", Files.readString(folder.resolve(name + ".yaml")));
    }

    private static EnvironmentFacts facts(String name, String environment) throws YamlRefused {
        return CatalogueFile.read(GOOD.resolve(name + ".tools.json"), environment, Mode.TRAINING);
    }
}
