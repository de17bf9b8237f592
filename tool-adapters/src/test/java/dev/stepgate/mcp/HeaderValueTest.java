package dev.stepgate.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderValueTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "plain",
                " led",
                "trailed ",
                "a b",
                "\u00e4\u20ac\ud83d\ude00",
                "a\nb",
                "=?base64?SGVsbG8=?=",
                "=?base64?",
                "\u0000"
            })
    void saysWhatItWasGiven(String text) {
        String written = HeaderValue.encode(text);

        assertThat(written.chars()).allMatch(c -> c >= 0x20 && c < 0x7F);
        assertThat(HeaderValue.decode(written)).contains(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"=?base64?SGVsbG8?=", "=?base64?SGVs!bG8=?=", "=?base64?/w==?=", "a\u0001", "\u00e4"})
    void takesNothingMalformed(String field) {
        assertThat(HeaderValue.decode(field)).isEmpty();
    }

    @Test
    void takesWhatOnlyLooksEncodedAsItIs() {
        assertThat(HeaderValue.decode("=?BASE64?SGVsbG8=?=")).contains("=?BASE64?SGVsbG8=?=");
        assertThat(HeaderValue.decode("=?base64?=")).contains("=?base64?=");
    }

    @Test
    void neverThrowsAndNeverGivesTwoReadingsOfOneText() {
        Random random = new Random(20_261_125);
        for (int i = 0; i < Integer.getInteger("stepgate.fuzz", 50_000); i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "=?base64?" : "");
            for (int n = random.nextInt(12); n > 0; n--) {
                text.append((char) (random.nextInt(10) == 0 ? random.nextInt(0xD800) : 0x20 + random.nextInt(0x60)));
            }
            text.append(random.nextBoolean() ? "?=" : "");
            assertThat(HeaderValue.decode(HeaderValue.encode(text.toString()))).contains(text.toString());
            var _ = HeaderValue.decode(text.toString());
        }
    }
}
