package dev.stepgate.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {

    /** RFC 8785, appendix B. */
    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2",
        // Ours: the next to smallest, and where ECMAScript changes its notation.
        "0000000000000002, 1e-323",
        "0000000000000003, 1.5e-323",
        "3ff8000000000000, 1.5",
        "3fb999999999999a, 0.1"
    })
    void writesNumbersAsEcmaScriptDoes(String bits, String expected) {
        double value = Double.longBitsToDouble(HexFormat.fromHexDigitsToLong(bits));

        assertThat(text(CanonicalJson.bytes(DoubleNode.valueOf(value)))).isEqualTo(expected);
    }

    @Test
    void writesNumbersThatReadBackTheSame() {
        SplittableRandom random = new SplittableRandom(8785);
        for (int i = 0; i < 100_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                assertThat(Double.parseDouble(EcmaScriptNumber.format(value))).isEqualTo(value + 0.0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-Infinity"})
    void refusesNumbersThatAreNotFinite(double value) {
        assertThatThrownBy(() -> CanonicalJson.bytes(DoubleNode.valueOf(value)))
                .isInstanceOfSatisfying(
                        JsonProblem.class, problem -> assertThat(problem.kind()).isEqualTo(JsonProblem.Kind.NUMBER));
    }

    /** RFC 8785, section 3.2.2 and 3.2.3. */
    @Test
    void writesTheExampleOfTheRfc() {
        String document = """
                {"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                 "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}""";

        assertThat(canonical(document))
                .isEqualTo("{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    }

    /** RFC 8785, section 3.2.3: by UTF-16 code units, so that the smiling face comes before the Hebrew letter. */
    @Test
    void sortsKeysByCodeUnits() {
        String document =
                "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}";

        assertThat(canonical(document))
                .isEqualTo("{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"\ud83d\ude00\":5,\"\ufb33\":3}");
    }

    @Test
    void givesOneDigestForOneMeaning() {
        String one = CanonicalJson.sha256(StrictJson.parse("{\"b\":1.0,\"a\":[1e2]}".getBytes(UTF_8)));
        String other = CanonicalJson.sha256(StrictJson.parse(" {\"a\":[100],\"b\":1}".getBytes(UTF_8)));

        assertThat(one).isEqualTo(other).matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void givesTheDigestOfTheEmptyObject() {
        assertThat(CanonicalJson.sha256(StrictJson.parse("{}".getBytes(UTF_8))))
                .isEqualTo("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }

    @Test
    void refusesHalfASurrogatePair() {
        assertThatThrownBy(() -> CanonicalJson.bytes(TextNode.valueOf("\ud83d")))
                .isInstanceOf(JsonProblem.class);
    }

    private static String canonical(String document) {
        return text(CanonicalJson.bytes(StrictJson.parse(document.getBytes(UTF_8))));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
