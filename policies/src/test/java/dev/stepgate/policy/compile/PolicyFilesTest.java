package dev.stepgate.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stepgate.policy.format.Policy;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyFilesTest {
    private static final String SCHEMA = "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}";

    @ParameterizedTest
    @CsvSource({
        "*, '', true",
        "*, files, true",
        "files, files, true",
        "files, Files, false",
        "files, files2, false",
        "'', '', true",
        "'', a, false",
        "f*, files, true",
        "f*, f, true",
        "f*, g, false",
        "*s, files, true",
        "*s, files2, false",
        "f*s, files, true",
        "f*s, fs, true",
        "f*s, f, false",
        "ab*ba, aba, false",
        "a*b*c, a-b-b-c, true",
        "a*b*c, a-c-b, false",
        "**, a, true",
        "f?les, files, false",
        "f.les, files, false",
        "[f]iles, files, false",
        "a/*, a/b/c, true"
    })
    void matchesNamesByStarsOnly(String glob, String name, boolean expected) {
        assertThat(PolicyFiles.matches(glob, name)).isEqualTo(expected);
    }

    @Test
    void matchesGlobsOfManyStarsAtOnce() {
        boolean matches = Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> PolicyFiles.matches("*a".repeat(40) + "b", "a".repeat(80)));

        assertThat(matches).isFalse();
    }

    @Test
    void findsThePolicyOfAnEnvironment(@TempDir Path folder) throws IOException, YamlRefused {
        write(folder, "a.yaml", "one", "one-*");
        write(folder, "b.yaml", "two", "two");
        PolicyFiles files = PolicyFiles.load(List.of(folder));

        assertThat(files.problems()).isEmpty();
        assertThat(files.governing("one-x")).map(Policy::name).contains("one");
        assertThat(files.governing("two")).map(Policy::name).contains("two");
        assertThat(files.governing("three")).isEmpty();
    }

    @Test
    void refusesTwoFilesForOneEnvironment(@TempDir Path folder) throws IOException, YamlRefused {
        write(folder, "a.yaml", "one", "x*");
        write(folder, "b.yaml", "two", "*y");
        PolicyFiles files = PolicyFiles.load(List.of(folder));

        YamlRefused refused = catchThrowableOfType(YamlRefused.class, () -> files.governing("xy"));

        assertThat(refused.problems())
                .extracting(Problem::toString)
                .containsExactly(folder.resolve("b.yaml")
                        + ":1:1: environment `xy` is governed by this file and by " + folder.resolve("a.yaml")
                        + " (narrow one of the two `env` globs)");
        assertThat(files.governing("x")).map(Policy::name).contains("one");
    }

    @Test
    void readsOnlyPolicyFiles(@TempDir Path folder) throws IOException {
        write(folder, "a.yaml", "one", "x");
        write(folder, "a.test.yaml", "test", "x");
        write(folder, "a.yml", "other", "x");
        write(Files.createDirectory(folder.resolve("below")), "b.yaml", "below", "x");

        assertThat(PolicyFiles.load(List.of(folder, folder.resolve("missing"))).policies())
                .extracting(Policy::name)
                .containsExactly("one");
    }

    @Test
    void keepsTheOthersWhenOneCannotBeRead(@TempDir Path folder) throws IOException {
        write(folder, "a.yaml", "one", "x");
        Files.writeString(folder.resolve("b.yaml"), "policy: [\n");
        Files.write(folder.resolve("c.yaml"), new byte[] {'a', (byte) 0xff});
        Files.createDirectory(folder.resolve("d.yaml"));
        PolicyFiles files = PolicyFiles.load(List.of(folder));

        assertThat(files.policies()).extracting(Policy::name).containsExactly("one");
        assertThat(files.problems())
                .extracting(problem -> problem.place().file())
                .containsExactly(
                        folder.resolve("b.yaml").toString(),
                        folder.resolve("c.yaml").toString(),
                        folder.resolve("d.yaml").toString());
    }

    @Test
    void readsTheBundledPolicies() throws YamlRefused {
        PolicyFiles files = PolicyFiles.load(List.of(Path.of("")));

        assertThat(files.problems()).isEmpty();
        assertThat(files.policies()).extracting(Policy::name).containsExactly("echo", "files", "workspace");
        assertThat(files.governing("echo")).isPresent();
        assertThat(files.governing("files")).isPresent();
    }

    @Test
    void compilesTheGoodSample() throws YamlRefused {
        PolicyFiles files = PolicyFiles.load(List.of(Path.of("samples", "good")));

        assertThat(files.problems()).isEmpty();
        assertThat(PolicyCompiler.compile(notes(), sampleTools()).tools())
                .containsOnlyKeys("notes.read", "notes.write");
    }

    @Test
    void saysOfAMissingToolWhichOneWasMeant() throws YamlRefused {
        Policy policy = notes();
        List<CatalogTool> tools = List.of(sampleTools().getFirst(), new CatalogTool("notes", "writes", SCHEMA));

        YamlRefused refused = catchThrowableOfType(YamlRefused.class, () -> PolicyCompiler.compile(policy, tools));

        assertThat(refused.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.message()).isEqualTo("the environment has no tool `notes.write`");
            assertThat(problem.help()).isEqualTo("did you mean `notes.writes`?");
            assertThat(problem.place().line()).isEqualTo(8);
        });
    }

    @Test
    void refusesAToolWhoseSchemaIsNotAdmitted() throws YamlRefused {
        Policy policy = notes();
        List<CatalogTool> tools =
                List.of(sampleTools().getFirst(), new CatalogTool("notes", "write", "{\"$ref\":\"#\"}"));

        YamlRefused refused = catchThrowableOfType(YamlRefused.class, () -> PolicyCompiler.compile(policy, tools));

        assertThat(refused.problems())
                .extracting(Problem::message)
                .containsExactly("tool `notes.write` is not admitted: a `$ref` of the schema leads back to itself");
    }

    private static Policy notes() {
        return PolicyFiles.load(List.of(Path.of("samples", "good"))).policies().stream()
                .filter(policy -> policy.name().equals("notes"))
                .findFirst()
                .orElseThrow();
    }

    private static List<CatalogTool> sampleTools() {
        String write = "{\"properties\":{\"path\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"},"
                + "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";
        return List.of(new CatalogTool("notes", "read", SCHEMA), new CatalogTool("notes", "write", write));
    }

    private static void write(Path folder, String file, String name, String environments) throws IOException {
        Files.writeString(folder.resolve(file), "policy: { name: " + name + " }\nenv: \"" + environments + "\"\n");
    }
}
