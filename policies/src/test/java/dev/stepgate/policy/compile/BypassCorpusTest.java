package dev.stepgate.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.compile.ConstraintCompiler.Impossible;
import dev.stepgate.policy.format.Constraint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Values that some reader takes for what is not allowed: none passes. The files are made by {@code corpus.py}. */
class BypassCorpusTest {

    @Test
    void noPathPasses() throws IOException, Impossible {
        assertThat(passing("within", new Constraint.Within("within", "/workspace"), 9_000))
                .isEmpty();
    }

    @Test
    void noUrlPasses() throws IOException, Impossible {
        Constraint url = new Constraint.Url("url", List.of("https"), List.of("docs.example"), List.of());
        assertThat(passing("url", url, 4_000)).isEmpty();
    }

    @Test
    void noStatementPasses() throws IOException, Impossible {
        assertThat(passing("sql", new Constraint.Sql("sql"), 5_000)).isEmpty();
    }

    @Test
    void noOptionPasses() throws IOException, Impossible {
        assertThat(passing("dash", new Constraint.NoLeadingDash("noLeadingDash"), 900))
                .isEmpty();
    }

    @Test
    void noLookAlikePasses() throws IOException, Impossible {
        assertThat(passing("in", new Constraint.OneOf("in", List.of("main")), 90))
                .isEmpty();
    }

    private static List<String> passing(String name, Constraint constraint, int atLeast)
            throws IOException, Impossible {
        ArgumentCheck check = ConstraintCompiler.compile(FieldPath.of("a"), constraint);
        List<String> lines = lines("/corpus/" + name + ".txt");
        List<String> passing = new ArrayList<>();
        for (String line : lines) {
            if (check.brokenBy(Map.of("a", WithinTest.unescaped(line))).isEmpty()) {
                passing.add(line);
            }
        }
        assertThat(lines).hasSizeGreaterThanOrEqualTo(atLeast);
        return passing;
    }

    private static List<String> lines(String resource) throws IOException {
        try (InputStream file = Objects.requireNonNull(BypassCorpusTest.class.getResourceAsStream(resource))) {
            return new String(file.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        }
    }
}
