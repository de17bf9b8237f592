package dev.stepgate.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stepgate.json.JsonProblem.Kind;
import java.nio.charset.Charset;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
    private static final Limits LENIENT = Limits.FRAME;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.0",
                "1.10",
                "0.1",
                "1E+2",
                "-0.0",
                "0",
                "9007199254740991",
                "-9007199254740991",
                "1.7976931348623157E+308",
                "\"\"",
                "\"a\\\"b\\\\c\\n\"",
                "[]",
                "{}",
                "null",
                "true",
                "\"\u00e4\u20ac\ud83d\ude00\"",
                "{\"b\":1,\"a\":[{}]}",
                "0.1234567890123456789012345678901234567890"
            })
    void writesWhatItRead(String document) {
        assertThat(text(StrictJson.bytes(parse(document)))).isEqualTo(document);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                     | SYNTAX",
                "{                    | SYNTAX",
                "{'a':1}              | SYNTAX",
                "{a:1}                | SYNTAX",
                "[1,]                 | SYNTAX",
                "[1 2]                | SYNTAX",
                "{\"a\":1,}           | SYNTAX",
                "{\"a\"}              | SYNTAX",
                "// c                 | SYNTAX",
                "01                   | SYNTAX",
                "+1                   | SYNTAX",
                ".5                   | SYNTAX",
                "1.                   | SYNTAX",
                "NaN                  | SYNTAX",
                "[-Infinity]          | SYNTAX",
                "\"\\x\"              | SYNTAX",
                "tru                  | SYNTAX",
                "{\"a\":1,\"a\":1}    | DUPLICATE_KEY",
                "[{\"b\":{\"a\":1,\"\\u0061\":2}}] | DUPLICATE_KEY",
                "{} {}                | TRAILING",
                "{}]                  | TRAILING",
                "1 x                  | TRAILING",
                "1e400                | NUMBER",
                "-1e400               | NUMBER",
                "1e-400               | NUMBER",
                "1e999999999          | NUMBER",
                "1e99999999999        | NUMBER",
                "1e-99999999999       | NUMBER",
                "0e99999999999        | NUMBER",
                "9007199254740992     | NUMBER",
                "-9007199254740992    | NUMBER",
                "99999999999999999999 | NUMBER",
                "\"\\ud800\"          | CHARACTER",
                "\"\\udc00\\ud800\"   | CHARACTER",
                "\"a\\ud800b\"        | CHARACTER",
                "{\"\\ud800\":1}      | SYNTAX",
                "\"\\u0000\"          | CHARACTER",
                "{\"\\u0000\":1}      | CHARACTER",
            })
    void refuses(String document, Kind kind) {
        assertThatRefused((document == null ? "" : document).getBytes(UTF_8), Limits.MESSAGE, kind);
    }

    @ParameterizedTest
    @CsvSource({
        "22c08022, overlong two bytes",
        "22c1bf22, overlong two bytes",
        "22e0808022, overlong three bytes",
        "22f080808022, overlong four bytes",
        "22eda08022, a surrogate",
        "22f490808022, beyond the last code point",
        "22f5808080, a lead that is none",
        "2280, a continuation alone",
        "22c3, cut off",
        "22e282, cut off",
        "22c322, not continued",
        "efbbbf7b7d, a byte order mark",
        "2200, NUL",
        "7b7d00, NUL after the document"
    })
    void refusesWhatIsNoUtf8(String hex, String why) {
        assertThatRefused(HexFormat.of().parseHex(hex), Limits.MESSAGE, Kind.ENCODING);
        assertThatRefused(HexFormat.of().parseHex(hex), LENIENT, Kind.ENCODING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
    void refusesOtherEncodings(String charset) {
        assertThatRefused("{\"a\":1}".getBytes(Charset.forName(charset)), Limits.MESSAGE, Kind.ENCODING);
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 500, 100_000})
    void refusesDeepNesting(int depth) {
        assertThatRefused("[".repeat(depth).getBytes(UTF_8), Limits.MESSAGE, Kind.DEPTH);
        assertThatRefused("{\"a\":".repeat(depth).getBytes(UTF_8), LENIENT, Kind.DEPTH);
    }

    @Test
    void admitsTheDeepestNesting() {
        String document = "[".repeat(64) + "]".repeat(64);

        assertThat(text(StrictJson.bytes(parse(document)))).isEqualTo(document);
    }

    @Test
    void refusesLongStringsAndKeys() {
        Limits limits = Limits.MESSAGE.withMaxStringLength(10);

        assertThat(StrictJson.parse(quoted(10), limits)).isEqualTo(TextNode.valueOf("a".repeat(10)));
        assertThatRefused(quoted(11), limits, Kind.LENGTH);
        assertThatRefused(("{\"" + "a".repeat(11) + "\":1}").getBytes(UTF_8), limits, Kind.LENGTH);
        assertThatRefused(quoted((1 << 20) + 1), Limits.MESSAGE, Kind.LENGTH);
        assertThatRefused(quoted(100), Limits.MESSAGE.withMaxBytes(101), Kind.LENGTH);
    }

    @Test
    void refusesLongNumbers() {
        assertThat(parse("0." + "1".repeat(62)).isNumber()).isTrue();
        assertThatRefused(("0." + "1".repeat(63)).getBytes(UTF_8), Limits.MESSAGE, Kind.LENGTH);
        assertThatRefused("1".repeat(4_301).getBytes(UTF_8), LENIENT, Kind.LENGTH);
        assertThatRefused("1".repeat(1_000_000).getBytes(UTF_8), LENIENT, Kind.LENGTH);
    }

    @ParameterizedTest
    @CsvSource({
        "NaN, null",
        "'{\"a\":[NaN,{\"b\":-Infinity}]}', '{\"a\":[null,{\"b\":null}]}'",
        "Infinity, null",
        "1e400, null",
        "1e99999999999, null",
        "123456789012345678901234567890, 123456789012345678901234567890",
        "9007199254740993, 9007199254740993",
        "1.0, 1.0"
    })
    void readsPythonsNumbersLeniently(String document, String written) {
        assertThat(text(StrictJson.bytes(StrictJson.parse(document.getBytes(UTF_8), LENIENT))))
                .isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INF", "-INF", "+Infinity", "nan", "+NaN"})
    void refusesTokensThatPythonDoesNotWrite(String document) {
        assertThatRefused(document.getBytes(UTF_8), LENIENT, Kind.SYNTAX);
    }

    @Test
    void readsNotANumberAsADouble() {
        assertThat(StrictJson.parse("NaN".getBytes(UTF_8), LENIENT)).isEqualTo(DoubleNode.valueOf(Double.NaN));
    }

    @Test
    void readsPartOfAnArray() {
        assertThat(StrictJson.parse("xx{}yy".getBytes(UTF_8), 2, 2, Limits.MESSAGE))
                .isEqualTo(JsonNodeFactory.instance.objectNode());
    }

    @Test
    void refusesToWriteHalfASurrogatePair() {
        for (String text : new String[] {"\ud83d", "a\ud83d", "\ud83da", "\ude00", "\ud83d\ud83d"}) {
            assertThatThrownBy(() -> StrictJson.bytes(TextNode.valueOf(text))).isInstanceOf(JsonProblem.class);
            assertThatThrownBy(() -> StrictJson.bytes(
                            JsonNodeFactory.instance.objectNode().put(text, 1)))
                    .isInstanceOf(JsonProblem.class);
        }
    }

    /** Whatever comes, it is a tree that is written and read back the same, or a problem: nothing else escapes. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void isTotalOverMutatedDocuments(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Limits limits = seed == 1 ? Limits.MESSAGE : LENIENT;
        byte[] original =
                ("{\"jsonrpc\":\"2.0\",\"id\":7,\"params\":{\"n\":[1.50,-0,1e3,null,true],\"s\":\"a\\u00e9\\ud83d\\ude00"
                                + "\u20ac\ud83d\ude00\\\\\",\"o\":{\"a\":{\"b\":[[[]]]}}}}")
                        .getBytes(UTF_8);
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] mutated = mutated(original, random);
            try {
                JsonNode tree = StrictJson.parse(mutated, limits);
                byte[] written = StrictJson.bytes(tree);
                assertThat(StrictJson.bytes(StrictJson.parse(written, limits))).isEqualTo(written);
                read++;
            } catch (JsonProblem problem) {
                assertThat(problem.reason()).isNotBlank();
            }
        }
        assertThat(read).isBetween(5_000, 95_000);
    }

    private static byte[] mutated(byte[] original, SplittableRandom random) {
        byte[] alphabet = "{}[]\",:\\u0d8123456789eE+-.tfn \u00ff\u0000\u00c3".getBytes(ISO_8859_1);
        byte[] bytes = original.clone();
        int changes = 1 + random.nextInt(3);
        for (int c = 0; c < changes; c++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = alphabet[random.nextInt(alphabet.length)];
                case 2 -> bytes = java.util.Arrays.copyOf(bytes, Math.max(1, at));
                default -> bytes[at] = bytes[random.nextInt(bytes.length)];
            }
        }
        return bytes;
    }

    private static byte[] quoted(int length) {
        return ("\"" + "a".repeat(length) + "\"").getBytes(UTF_8);
    }

    private static JsonNode parse(String document) {
        return StrictJson.parse(document.getBytes(UTF_8));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    private static void assertThatRefused(byte[] document, Limits limits, Kind kind) {
        assertThatThrownBy(() -> StrictJson.parse(document, limits))
                .isInstanceOfSatisfying(
                        JsonProblem.class, problem -> assertThat(problem.kind()).isEqualTo(kind));
    }
}
