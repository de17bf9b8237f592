package dev.stepgate.policy.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stepgate.policy.Mode;
import dev.stepgate.policy.Surroundings;
import dev.stepgate.policy.cel.CelConditions;
import dev.stepgate.policy.cel.CelRefused;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every snippet of the README is run: a page of documentation that lies fails the build. */
class ReadmeTest {
    private static final Pattern SNIPPET = Pattern.compile("```([a-z-]+(?: test)?)\\n(.*?)```", Pattern.DOTALL);
    private static final String WRITE = """
            {"type": "object", "properties": {"path": {"type": "string"}, "text": {"type": "string"},
             "tags": {"type": "array", "items": {"type": "string"}}}, "required": ["path", "text"]}""";
    private static final String READ =
            "{\"type\": \"object\", \"properties\": {\"path\": {\"type\": \"string\"}}, \"required\": [\"path\"]}";

    @Test
    void itsPolicyPassesItsTests() throws IOException, YamlRefused {
        EnvironmentFacts facts = new EnvironmentFacts(
                new Surroundings("notes-1", Mode.TRAINING, Map.of()),
                List.of(new CatalogTool("notes", "write", WRITE), new CatalogTool("notes", "read", READ)),
                Map.of(),
                Set.of());
        List<TestResult> results = PolicyTests.run(
                PolicyReader.read("README", only("yaml")), facts, TestFileReader.read("README", only("yaml test")));

        assertThat(results).hasSizeGreaterThan(8);
        assertThat(results)
                .allSatisfy(
                        result -> assertThat(result.failure()).as(result.name()).isEmpty());
    }

    @Test
    void itsConditionsCompileAndItsRefusedOneDoesNot() throws IOException, CelRefused, SchemaRefused {
        CelConditions conditions = new CelConditions(ToolSchema.compile(WRITE).shape(), Set.of("notes.write"));
        for (String expression : snippets("cel")) {
            conditions.compile(expression.strip());
        }
        CelRefused refused = catchThrowableOfType(
                CelRefused.class, () -> conditions.compile(only("cel-refused").strip()));

        assertThat(snippets("cel")).hasSize(2);
        assertThat(refused.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.message()).isEqualTo("the tool has no argument `txt`");
            assertThat(problem.help()).isEqualTo("did you mean `text`?");
        });
    }

    private static String only(String language) throws IOException {
        List<String> snippets = snippets(language);
        assertThat(snippets).as(language).hasSize(1);
        return snippets.getFirst();
    }

    private static List<String> snippets(String language) throws IOException {
        List<String> snippets = new ArrayList<>();
        Matcher matcher = SNIPPET.matcher(Files.readString(Path.of("README.md")));
        while (matcher.find()) {
            if (matcher.group(1).equals(language)) {
                snippets.add(matcher.group(2));
            }
        }
        return snippets;
    }
}
