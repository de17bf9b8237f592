package dev.stepgate.scrub;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Secret;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScrubberTest {
    private static final String SECRET = "s3cr+t/Value%42=q7Zk\"pL9";

    private final Scrubber scrubber = new Scrubber();

    static List<String> encodings() {
        return List.copyOf(Encodings.all().keySet());
    }

    @ParameterizedTest
    @MethodSource("encodings")
    void takesASecretOutInEveryEncoding(String encoding) {
        scrubber.add(Secret.of(SECRET));
        String told = "before "
                + Objects.requireNonNull(Encodings.all().get(encoding)).apply(SECRET) + " after";

        assertThat(new LeakSearch(SECRET).finds(told)).isTrue();
        assertThat(new LeakSearch(SECRET).finds(scrubber.text(told))).isFalse();
        assertThat(scrubber.hits()).isEqualTo(1);
    }

    @Test
    void leavesEverythingElseAsItIs() {
        scrubber.add(Secret.of(SECRET));
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("words", "internationalization 100% &#65; \\u0041 AAAAAAAAAAAAAAAAAAAAAAAAAAAA s3cr+t/Value");
        tree.putArray("items").add("a").add(1.5).addNull();

        assertThat(scrubber.tree(tree)).isSameAs(tree);
        assertThat(scrubber.hits()).isZero();
    }

    @Test
    void looksIntoNamesNumbersAndTextsThatAreCutApart() {
        String digits = "8231947560182734";
        scrubber.add(Secret.of(SECRET));
        scrubber.add(Secret.of(digits));
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("first", true);
        tree.putObject("named").put(SECRET, "x");
        tree.put("number", Long.parseLong(digits));
        tree.putArray("content").addObject().put("type", "text").put("text", "it is " + SECRET.substring(0, 9));
        tree.withArray("content").addObject().put("type", "text").put("text", SECRET.substring(9));

        JsonNode clean = scrubber.tree(tree);

        assertThat(clean.toString()).doesNotContain(digits, SECRET.substring(0, 9), SECRET.substring(10));
        assertThat(clean.path("first").booleanValue()).isTrue();
        assertThat(clean.path("content").path(0).path("type").textValue()).isEqualTo("text");
        assertThat(tree.path("number").longValue()).isEqualTo(Long.parseLong(digits));
    }

    @Test
    void looksForThePartsOfASecret() {
        scrubber.add(Secret.of("postgresql://app:p4ssw0rd-9x2q@db.example/main"));
        scrubber.add(Secret.of("{\"a\": {\"b\": [\"nested-value-77q\"]}}"));
        scrubber.add(Secret.of("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----"));

        assertThat(scrubber.text("p4ssw0rd-9x2q nested-value-77q hkiG9w0BAQEFAASC"))
                .isEqualTo("[redacted:credential] [redacted:credential] [redacted:credential]");
    }

    @Test
    void forgetsWhatWasRemoved() {
        Secret secret = Secret.of(SECRET);
        scrubber.add(secret);
        scrubber.remove(secret);

        assertThat(scrubber.text(SECRET)).isEqualTo(SECRET);
    }

    /** The oracle replaces in the whole text what the stream saw in pieces. */
    @Test
    void findsTheSameInPiecesAsInTheWhole() {
        Random random = new Random(7);
        for (int trial = 0; trial < 2_000; trial++) {
            Scrubber pieces = new Scrubber();
            List<String> secrets = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(3); i++) {
                String secret = random.ints(8 + random.nextInt(12), 'a', 'd')
                        .collect(StringBuilder::new, (text, unit) -> text.append((char) unit), StringBuilder::append)
                        .toString();
                secrets.add(secret);
                pieces.add(Secret.of(secret));
            }
            StringBuilder told = new StringBuilder();
            for (int i = 0; i < 6; i++) {
                told.append("xyz".repeat(random.nextInt(4))).append(secrets.get(random.nextInt(secrets.size())));
            }

            assertThat(inPieces(pieces.bytes(), told.toString(), random)).isEqualTo(whole(pieces, told.toString()));
        }
    }

    private static String whole(Scrubber scrubber, String told) {
        return inPieces(scrubber.bytes(), told, new Random() {
            @Override
            public int nextInt(int bound) {
                return bound - 1;
            }
        });
    }

    private static String inPieces(ByteScrubber scrubber, String told, Random random) {
        byte[] data = told.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 0;
        while (at < data.length) {
            int length = 1 + random.nextInt(data.length - at);
            out.writeBytes(scrubber.next(java.util.Arrays.copyOfRange(data, at, at + length), length));
            at += length;
        }
        out.writeBytes(scrubber.last());
        return out.toString(StandardCharsets.UTF_8);
    }
}
