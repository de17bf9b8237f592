package dev.stepgate.policy.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.ResultTerms.Detector;
import dev.stepgate.policy.schema.PlainJson;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // where a pointer points, and nowhere else
                "/email       | {\"email\":\"e\",\"b\":{\"email\":1}} | {\"email\":\"[withheld]\",\"b\":{\"email\":1}}",
                "/rows/*/mail | {\"rows\":[{\"mail\":1,\"a\":2},{\"mail\":3},4]} | {\"rows\":[{\"mail\":\"[withheld]\",\"a\":2},{\"mail\":\"[withheld]\"},4]}",
                "/rows/1      | {\"rows\":[1,2,3]} | {\"rows\":[1,\"[withheld]\",3]}",
                "/*/a         | {\"x\":{\"a\":1},\"y\":[{\"a\":1}]} | {\"x\":{\"a\":\"[withheld]\"},\"y\":[{\"a\":1}]}",
                "/a~1b/c~0d   | {\"a/b\":{\"c~d\":1}} | {\"a/b\":{\"c~d\":\"[withheld]\"}}",
                "/a/b         | {\"a\":null} | {\"a\":null}",
                // what a server wrapped is looked through as well
                "/email       | {\"result\":\"{\\\"email\\\":1}\"} | {\"result\":\"{\\\"email\\\":\\\"[withheld]\\\"}\"}",
                "/email       | {\"result\":\"no json\"} | {\"result\":\"[withheld]\"}",
            })
    void withholdsInTheStructuredResult(String pointer, String before, String after) {
        assertThat(result(pointer, "{\"structuredContent\":" + before + "}"))
                .isEqualTo("{\"structuredContent\":" + after + "}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/email        | {\"type\":\"text\",\"text\":\"{\\\"email\\\":1}\"} | {\"type\":\"text\",\"text\":\"{\\\"email\\\":\\\"[withheld]\\\"}\"}",
                "/email        | {\"type\":\"text\",\"text\":\"bob\"} | {\"type\":\"text\",\"text\":\"[withheld]\"}",
                "/email        | {\"type\":\"text\",\"text\":\"{\\\"email\\\":1,\\\"email\\\":2}\"} | {\"type\":\"text\",\"text\":\"[withheld]\"}",
                "/email        | {\"type\":\"text\",\"text\":\"[1]\"} | {\"type\":\"text\",\"text\":\"[withheld]\"}",
                "/result/email | {\"type\":\"text\",\"text\":\"{\\\"email\\\":1}\"} | {\"type\":\"text\",\"text\":\"{\\\"email\\\":\\\"[withheld]\\\"}\"}",
                "/result       | {\"type\":\"text\",\"text\":\"{\\\"email\\\":1}\"} | {\"type\":\"text\",\"text\":\"[withheld]\"}",
                "/email        | {\"type\":\"resource\",\"resource\":{\"uri\":\"u\",\"text\":\"bob\"}} | {\"type\":\"resource\",\"resource\":{\"uri\":\"u\",\"text\":\"[withheld]\"}}",
                "/email        | {\"type\":\"resource\",\"resource\":{\"uri\":\"u\",\"blob\":\"Ym9i\"}} | {\"type\":\"resource\",\"resource\":{\"uri\":\"u\",\"blob\":\"[withheld]\"}}",
                "/email        | \"odd\" | \"[withheld]\"",
            })
    void withholdsInTheContentToo(String pointer, String before, String after) {
        assertThat(result(pointer, "{\"content\":[" + before + "]}")).isEqualTo("{\"content\":[" + after + "]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // a native action: its fields are the structured result
                "/email | {\"email\":1,\"n\":2} | {\"email\":\"[withheld]\",\"n\":2}",
                "/*/a   | {\"x\":{\"a\":1}} | {\"x\":{\"a\":\"[withheld]\"}}",
                // a tool: its result in each of the forms that servers give it
                "/email | {\"tool_name\":\"t\",\"result\":{\"email\":1}} | {\"tool_name\":\"t\",\"result\":{\"email\":\"[withheld]\"}}",
                "/email | {\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"bob\"}],\"structured_content\":null}} | {\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"[withheld]\"}],\"structured_content\":null}}",
                "/email | {\"result\":\"{\\\"email\\\":1}\"} | {\"result\":\"{\\\"email\\\":\\\"[withheld]\\\"}\"}",
                "/email | {\"result\":\"bob\"} | {\"result\":\"[withheld]\"}",
                "/result/email | {\"result\":{\"email\":1}} | {\"result\":{\"email\":\"[withheld]\"}}",
                // what went wrong, in words that may quote anything
                "/email | {\"error\":{\"error_type\":\"timeout\",\"message\":\"bob failed\"}} | {\"error\":{\"error_type\":\"timeout\",\"message\":\"[withheld]\"}}",
                "/email | {\"error\":\"bob failed\"} | {\"error\":\"[withheld]\"}",
                "/email | {\"error\":null,\"n\":1} | {\"error\":null,\"n\":1}",
            })
    void withholdsInWhatAnEnvironmentSaysInItsOwnForm(String pointer, String before, String after) {
        assertThat(PlainJson.text(redaction(pointer).ofObservation(PlainJson.parse(before))))
                .isEqualTo(after);
    }

    @Test
    void findsByFormInEveryPart() {
        Redaction redaction =
                new Redaction(new ResultTerms(Long.MAX_VALUE, Set.of(), List.of(), Set.of(Detector.EMAIL), false));
        String mail = "bob@example.org";
        String before = "{\"content\":[{\"type\":\"text\",\"text\":\"M\"}],\"structuredContent\":{\"M\":[\"M\"]},"
                + "\"_meta\":{\"x\":\"M\"},\"error\":{\"message\":\"M\"},\"result\":\"M\",\"other\":[\"M\"]}";
        String found = before.replace("M", "[withheld:email]");

        assertThat(PlainJson.text(redaction.of(PlainJson.parse(before.replace("M", mail)))))
                .isEqualTo(found);
        assertThat(PlainJson.text(redaction.ofObservation(PlainJson.parse(before.replace("M", mail)))))
                .isEqualTo(found);
    }

    private static String result(String pointer, String json) {
        return PlainJson.text(redaction(pointer).of(PlainJson.parse(json)));
    }

    private static Redaction redaction(String pointer) {
        return new Redaction(new ResultTerms(Long.MAX_VALUE, Set.of(), List.of(pointer), Set.of(), false));
    }
}
