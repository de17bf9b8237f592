package dev.stepgate.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.stepgate.policy.ArgumentCheck;
import dev.stepgate.policy.cel.CelConditions;
import dev.stepgate.policy.cel.CelRefused;
import dev.stepgate.policy.compile.ConstraintCompiler.Impossible;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.Shape;
import dev.stepgate.policy.schema.ToolSchema;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Texts that were cut, spliced and mistyped at random: only typed problems come out. {@code -Dstepgate.fuzz=1000000} for the
 * long form, {@code -Dstepgate.seed} for another course.
 */
class FuzzTest {
    private static final int RUNS = Integer.getInteger("stepgate.fuzz", 2_000);
    private static final long SEED = Long.getLong("stepgate.seed", 1);

    private static final List<String> SPLICES = List.of(
            "\"",
            "'",
            "{",
            "}",
            "[",
            "]",
            ": ",
            "- ",
            "\n",
            "#",
            "&a",
            "*a",
            "!!x",
            "<<",
            "|",
            ">",
            "\\",
            "\u0000",
            "\ufeff",
            "\ud800",
            "\u2028",
            "((",
            "))",
            "&&",
            "||",
            "==",
            "has(",
            "args.",
            ".all(x, ",
            "0x",
            "1e999",
            "9223372036854775808",
            "?",
            ":",
            ",",
            ";",
            "--",
            "/*",
            "*/",
            "$$",
            "select ",
            " union ",
            "with x as (",
            "..",
            "/",
            "%2e",
            "@",
            "//",
            "&a ",
            "!!int ",
            "! ",
            "<<: ",
            "\n---\n",
            "\n...\n",
            "\"\\U99999999\"",
            "\"\\U00110000\"",
            "\"\\ud800\"",
            "%YAML 1.99999999999\n---\n",
            "%TAG ! %zz\n",
            "? ",
            "[[[[[[[[[[[[[[[[[",
            "\0",
            "\t",
            "\r",
            "\u0085",
            "1e9999",
            "1e99999",
            "99999999999999999999",
            "-0",
            ".5",
            "null",
            "~",
            "true",
            "|\n",
            ">9\n",
            "`",
            "%",
            "deny:",
            "allow: ",
            "who: {}",
            "who: {roles: [a]}",
            "const: null",
            "not: []",
            "in: {}",
            "min: x",
            "maxLength: -1",
            "absent: false",
            "pattern: [",
            "sql: 1",
            "args: ",
            "id: ",
            "tools: ",
            "😀");

    private static final List<String> EXPRESSIONS = List.of(
            "args.path.endsWith(\".env\") || path.within(args.path, \"/w\")",
            "!has(args.n) || args.n <= 50 && args.n + 1 > 2",
            "args.list.exists(x, x == \"a\") && size(args.list) < 5",
            "episode.calls[\"t.x\"] > 0 ? args.path == 'x' : now < timestamp(\"2026-01-01T00:00:00Z\")",
            "args.path.matches(\"^[a-z]+$\") && \"agent\" in caller.roles");

    private static final List<String> VALUES = List.of(
            "/workspace/a/b.txt",
            "/workspace/../etc/passwd",
            "https://docs.example:443/a?b=c#d",
            "select a, count(*) from t where b = 'x' group by a",
            "with x as (select 1 as a) select a from x union all select 2",
            "-x");

    @Test
    void policiesAreReadOrRefused() throws IOException {
        List<String> texts = List.of(
                Files.readString(Path.of("samples/good/swe.yaml")),
                Files.readString(Path.of("samples/good/analyst.yaml")),
                Files.readString(Path.of("samples/good/ops.yaml")),
                Files.readString(Path.of("echo.yaml")),
                Files.readString(Path.of("files.yaml")));
        Random random = new Random(SEED);
        int read = 0;
        int runs = Math.max(RUNS, 20_000); // reading is cheap
        for (int i = 0; i < runs; i++) {
            String text = mutated(texts.get(i % texts.size()), random);
            try {
                PolicyReader.read("p.yaml", text);
                read++;
            } catch (YamlRefused refused) {
                assertThat(refused.problems()).isNotEmpty();
            } catch (RuntimeException | Error escaped) {
                fail("escaped from:\n" + text, escaped);
            }
        }

        assertThat(read).isBetween(1, runs - 1);
    }

    @Test
    void conditionsCompileOrAreRefused() throws SchemaRefused {
        Shape.Fields shape = ToolSchema.compile(
                        "{\"required\": [\"path\", \"list\"], \"properties\": {\"path\": {\"type\": \"string\"},"
                                + "\"n\": {\"type\": \"integer\"}, \"list\": {\"type\": \"array\", \"items\":"
                                + "{\"type\": \"string\"}}}}")
                .shape();
        CelConditions conditions = new CelConditions(shape, Set.of("t.x"));
        Random random = new Random(SEED);
        int compiled = 0;
        for (int i = 0; i < RUNS; i++) {
            if (i % 1_000 == 0) { // what was compiled is kept
                conditions = new CelConditions(shape, Set.of("t.x"));
            }
            String text = mutated(EXPRESSIONS.get(i % EXPRESSIONS.size()), random);
            try {
                conditions.compile(text);
                compiled++;
            } catch (CelRefused refused) {
                assertThat(refused.problems()).isNotEmpty();
            } catch (RuntimeException | Error escaped) {
                fail("escaped from:\n" + text, escaped);
            }
        }

        assertThat(compiled).isBetween(1, RUNS - 1);
    }

    @Test
    void constraintsJudgeEveryValue() throws Impossible {
        List<Constraint> constraints = List.of(
                new Constraint.Within("within", "/workspace"),
                new Constraint.Url("url", List.of("https"), List.of("docs.example", "*.example"), List.of(443)),
                new Constraint.Sql("sql"),
                new Constraint.NoLeadingDash("noLeadingDash"));
        Random random = new Random(SEED);
        int held = 0;
        for (int i = 0; i < RUNS; i++) {
            String value = mutated(VALUES.get(i % VALUES.size()), random);
            Constraint constraint = constraints.get(random.nextInt(constraints.size()));
            ArgumentCheck check = ConstraintCompiler.compile(FieldPath.of("a"), constraint);
            try {
                boolean holds = check.brokenBy(Map.of("a", value)).isEmpty();
                assertThat(holds && !check.mayHold(Map.of("a", value)))
                        .as(value)
                        .isFalse();
                held += holds ? 1 : 0;
            } catch (RuntimeException | Error escaped) {
                fail("escaped from " + constraint + ":\n" + value, escaped);
            }
        }

        assertThat(held).isBetween(1, RUNS - 1);
    }

    private static String mutated(String text, Random random) {
        StringBuilder mutated = new StringBuilder(text);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(mutated.length());
            int end = Math.min(mutated.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(6)) {
                case 0 -> mutated.delete(at, end);
                case 1 -> mutated.insert(at, mutated.substring(at, end));
                case 2 -> mutated.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
                case 3 -> mutated.setLength(Math.max(1, end));
                default -> mutated.insert(at, SPLICES.get(random.nextInt(SPLICES.size())));
            }
            if (mutated.isEmpty()) {
                mutated.append(' ');
            }
        }
        return mutated.toString();
    }
}
