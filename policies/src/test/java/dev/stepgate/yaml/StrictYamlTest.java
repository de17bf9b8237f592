package dev.stepgate.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictYamlTest {

    @Test
    void readsScalarsByTheCoreSchema() throws YamlRefused {
        YamlNode node = StrictYaml.read("f", """
                [no, yes, on, 012, 0x1F, 1_000, 12:30, 2024-01-01, "true", '1', true, False, ~, null, 7, -7, 1.50, .5, 1e3]""");

        assertThat(node.plain())
                .isEqualTo(Arrays.asList(
                        "no",
                        "yes",
                        "on",
                        12L,
                        "0x1F",
                        "1_000",
                        "12:30",
                        "2024-01-01",
                        "true",
                        "1",
                        true,
                        false,
                        null,
                        null,
                        7L,
                        -7L,
                        new BigDecimal("1.50"),
                        new BigDecimal(".5"),
                        new BigDecimal("1e3")));
    }

    @Test
    void keepsWholeNumbersBeyondLongExact() throws YamlRefused {
        assertThat(StrictYaml.read("f", "[9223372036854775807, 9223372036854775808]")
                        .plain())
                .isEqualTo(List.of(Long.MAX_VALUE, new BigInteger("9223372036854775808")));
    }

    @Test
    void knowsThePlaceOfEveryValueAndKey() throws YamlRefused {
        YamlNode.YamlMap map = (YamlNode.YamlMap) StrictYaml.read("f", "a: 1\nb:\n  - x\n  - {c: 2}\n");

        assertThat(map.placeOf("b")).isEqualTo(new Place("f", 2, 1));
        assertThat(((YamlNode.YamlList) map.entries().getOrDefault("b", map)).items())
                .extracting(YamlNode::place)
                .containsExactly(new Place("f", 3, 5), new Place("f", 4, 5));
        assertThat(map.plain()).isEqualTo(Map.of("a", 1L, "b", List.of("x", Map.of("c", 2L))));
    }

    @Test
    void refusesAKeyThatStandsTwice() {
        assertRefused("a: 1\nb: 2\n\"a\": 3\n", 3, 1, "key `a` stands here twice");
        assertRefused("x: { a: 1, a: 1 }", 1, 12, "key `a` stands here twice");
    }

    @Test
    void refusesAnchorsAndAliases() {
        assertRefused("a: &x 1\nb: *x\n", 1, 4, "anchors are not taken");
        assertRefused("a: &x [1]\n", 1, 4, "anchors are not taken");
        assertRefused("a: &x {b: 1}\n", 1, 4, "anchors are not taken");
        assertRefused("&x a: 1\n", 1, 1, "anchors are not taken");
        assertRefused("a: 1\nb: *x\n", 2, 4, "aliases are not taken");
        assertRefused("*x : 1\n", 1, 1, "aliases are not taken");
    }

    @Test
    void refusesTags() {
        assertRefused("a: !!str 1\n", 1, 4, "tags are not taken");
        assertRefused("a: !mine [1]\n", 1, 4, "tags are not taken");
        assertRefused("a: !<tag:yaml.org,2002:map> {}\n", 1, 4, "tags are not taken");
        assertRefused("!!str a: 1\n", 1, 1, "tags are not taken");
    }

    @Test
    void refusesMergeKeys() {
        assertRefused("a: 1\n<<: { b: 2 }\n", 2, 1, "merge keys are not taken");
        assertRefused("a: { \"<<\": 1 }\n", 1, 6, "merge keys are not taken");
    }

    @Test
    void refusesKeysThatAreNoScalars() {
        assertRefused("? [a]\n: 1\n", 1, 3, "a key must be a plain string");
        assertRefused("{ {a: 1}: 1 }", 1, 3, "a key must be a plain string");
    }

    @Test
    void refusesASecondDocument() {
        assertRefused("a: 1\n---\nb: 2\n", 2, 1, "a second document begins here");
        assertRefused("a: 1\n...\n---\n", 3, 1, "a second document begins here");
    }

    @Test
    void refusesAnEmptyFile() {
        assertRefused("", 1, 1, "the file is empty");
        assertRefused("# nothing\n", 2, 1, "the file is empty");
    }

    @Test
    void takesThirtyTwoLevelsAndNotOneMore() throws YamlRefused {
        StrictYaml.read("f", "[".repeat(32) + "]".repeat(32));

        assertRefused("[".repeat(33) + "]".repeat(33), 1, 33, "nested deeper than 32 levels");
        assertRefused("[".repeat(100_000), 1, 33, "nested deeper than 32 levels");
        assertRefused("{a: ".repeat(33), 1, 126, "nested deeper than 32 levels");
    }

    @Test
    void takesQuarterOfAMebiCharactersAndNotOneMore() throws YamlRefused {
        int limit = 256 * 1024;
        StrictYaml.read("f", "a".repeat(limit));

        assertRefused("a".repeat(limit + 1), 1, 1, "the file is larger than 256 Ki characters");
    }

    @Test
    void refusesNumbersThatAreTooLong() {
        assertRefused("a: " + "9".repeat(65), 1, 4, "a number has more than 64 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: [",
                "a: b: c",
                "a: \"\\q\"",
                "a: \"\\U99999999\"",
                "a: \"\\U00110000\"",
                "%YAML 1.99999999999999999999\n---\na",
                "%YAML 99999999999.1\n---\na",
                "%YAML 3.0\n---\na",
                "%TAG ! %zz\n---\na: !x b",
                "a: !<%ff%fe> b",
                "a: \u0000",
                "a: \u0007",
                "a: \ud800",
                "\ufffe",
                "\ta: 1",
                "a: |99\n x",
                "a: |0\n x",
                "]",
                "}",
                "@a",
                "`a`",
                "%",
                "...\n]"
            })
    void refusesWhatIsNotYaml(String text) {
        assertThat(refusal(text).problems())
                .hasSize(1)
                .allSatisfy(problem ->
                        assertThat(problem.message()).startsWith("not YAML: ").doesNotContain("\n"));
    }

    private static void assertRefused(String text, int line, int column, String message) {
        assertThat(refusal(text).problems())
                .extracting(Problem::place, Problem::message)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(new Place("f", line, column), message));
    }

    private static YamlRefused refusal(String text) {
        return catchThrowableOfType(YamlRefused.class, () -> StrictYaml.read("f", text));
    }
}
