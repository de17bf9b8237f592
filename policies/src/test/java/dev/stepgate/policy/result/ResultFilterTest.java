package dev.stepgate.policy.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.JsonSize;
import dev.stepgate.policy.ResultCheck;
import dev.stepgate.policy.ResultCheck.Outcome;
import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.ResultTerms.Detector;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.policy.schema.SchemaRefused;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultFilterTest {
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}";

    @Test
    void passesWhatNoTermsSpeakOf() throws SchemaRefused {
        Map<String, @Nullable Object> result = PlainJson.parse("{\"content\":[{\"type\":\"text\",\"text\":\"é\"}]}");

        ResultCheck check = ResultFilter.of(ResultTerms.NONE, null);

        assertThat(check.check(result, Long.MAX_VALUE)).isEqualTo(new Outcome.Passed(result, size(result)));
        assertThat(check.check(result, size(result))).isInstanceOf(Outcome.Passed.class);
        assertThat(check.check(result, size(result) - 1)).isEqualTo(Outcome.Refused.TOO_LARGE);
        assertThat(check.withheld(result)).isSameAs(result);
    }

    @Test
    void holdsAResultToTheSmallerOfToolAndEpisode() throws SchemaRefused {
        Map<String, @Nullable Object> result = PlainJson.parse("{\"content\":[]}");
        ResultCheck check = ResultFilter.of(new ResultTerms(14, Set.of(), List.of(), Set.of(), false), null);

        assertThat(check.check(result, 14)).isEqualTo(new Outcome.Passed(result, 14));
        assertThat(check.check(result, 13)).isEqualTo(Outcome.Refused.TOO_LARGE);
        ResultCheck less = ResultFilter.of(new ResultTerms(13, Set.of(), List.of(), Set.of(), false), null);
        assertThat(less.check(result, Long.MAX_VALUE)).isEqualTo(Outcome.Refused.TOO_LARGE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | {\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}",
                "true  | {\"content\":[]}",
                "true  | {}",
                "false | {\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image\",\"data\":\"\"}]}",
                "false | {\"content\":[{\"type\":5}]}",
                "false | {\"content\":[{}]}",
                "false | {\"content\":[\"text\"]}",
            })
    void passesOnlyTheTypesThatAreNamed(boolean passes, String json) throws SchemaRefused {
        ResultCheck check =
                ResultFilter.of(new ResultTerms(Long.MAX_VALUE, Set.of("text"), List.of(), Set.of(), false), null);

        assertThat(code(check, json)).isEqualTo(passes ? "" : "result.type");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | {\"structuredContent\":{\"n\":1}}",
                "false | {\"structuredContent\":{\"n\":\"1\"}}",
                "false | {\"structuredContent\":{}}",
                "false | {\"structuredContent\":5}",
                "false | {\"content\":[]}",
                "true  | {\"isError\":true,\"content\":[]}",
                "false | {\"isError\":\"true\",\"content\":[]}",
            })
    void passesOnlyTheFormThatTheToolPromises(boolean passes, String json) throws SchemaRefused {
        ResultTerms terms = new ResultTerms(Long.MAX_VALUE, Set.of(), List.of(), Set.of(), true);

        assertThat(code(ResultFilter.of(terms, SCHEMA), json)).isEqualTo(passes ? "" : "result.schema");
        assertThat(code(ResultFilter.of(terms, null), "{\"structuredContent\":{\"n\":1}}"))
                .isEqualTo("result.schema");
    }

    @Test
    void quotesNothingOfWhatItRefuses() throws SchemaRefused {
        ResultTerms terms = new ResultTerms(1, Set.of("audio"), List.of(), Set.of(), true);

        Outcome outcome = ResultFilter.of(terms, SCHEMA)
                .check(PlainJson.parse("{\"content\":[{\"type\":\"secret-type\"}]}"), 100);

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.agentText())
                                .doesNotContain("secret")
                                .doesNotContain("audio"));
    }

    @Test
    void countsTheBytesOfWhatIsPassedAndNotOfWhatIsWithheld() throws SchemaRefused {
        ResultTerms terms = new ResultTerms(60, Set.of(), List.of("/a"), Set.of(), false);
        Map<String, @Nullable Object> result =
                PlainJson.parse("{\"structuredContent\":{\"a\":\"" + "x".repeat(500) + "\"}}");

        assertThat(ResultFilter.of(terms, null).check(result, 60))
                .isInstanceOfSatisfying(
                        Outcome.Passed.class,
                        passed -> assertThat(passed.bytes()).isEqualTo(size(passed.result())));
    }

    @Test
    void countsBytesAsTheyAreWritten() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            Object value = value(random, 4);

            assertThat(JsonSize.of(value))
                    .as(() -> PlainJson.text(value))
                    .isEqualTo(PlainJson.text(value).getBytes(StandardCharsets.UTF_8).length);
        }
    }

    @Test
    void recognisesByCheckDigits() {
        Detectors cards = new Detectors(Set.of(Detector.CARD, Detector.IBAN));

        assertThat(cards.withheld("4111 1111 1111 1111, DE89 3704 0044 0532 0130 00"))
                .isEqualTo("[withheld:card], [withheld:iban]");
        assertThat(cards.withheld("4111 1111 1111 1112, DE88 3704 0044 0532 0130 00, $1"))
                .isEqualTo("4111 1111 1111 1112, DE88 3704 0044 0532 0130 00, $1");
    }

    @Test
    void recognisesInKeysAndListsAndLeavesTheRest() {
        Detectors all = new Detectors(Set.of(Detector.values()));

        assertThat(all.withheld(
                        Map.of("bob@example.org", Arrays.asList("10.0.0.1", 5, null, "eyJhbGci.eyJzdWIi.c2ln"))))
                .isEqualTo(Map.of("[withheld:email]", Arrays.asList("[withheld:ipv4]", 5, null, "[withheld:jwt]")));
        assertThat(new Detectors(Set.of()).withheld("bob@example.org")).isEqualTo("bob@example.org");
    }

    private static String code(ResultCheck check, String json) {
        return check.check(PlainJson.parse(json), Long.MAX_VALUE) instanceof Outcome.Refused refused
                ? refused.code()
                : "";
    }

    private static long size(Map<String, @Nullable Object> value) {
        return PlainJson.text(value).getBytes(StandardCharsets.UTF_8).length;
    }

    private static @Nullable Object value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 6 : 8)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt();
            case 3 -> random.nextDouble() * 1e20;
            case 4, 5 -> {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(12); i > 0; i--) {
                    int range = random.nextInt(3) == 0 ? 0x20 : random.nextBoolean() ? 0x100 : 0x10FFFF;
                    int point = random.nextInt(range);
                    text.appendCodePoint(point >= 0xD800 && point <= 0xDFFF ? '"' : point);
                }
                yield text.toString();
            }
            case 6 -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(value(random, depth - 1));
                }
                yield list;
            }
            default -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    map.put("k\"" + i, value(random, depth - 1));
                }
                yield map;
            }
        };
    }
}
