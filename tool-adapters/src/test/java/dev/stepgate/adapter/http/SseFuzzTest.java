package dev.stepgate.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.stepgate.Mutants;
import dev.stepgate.tool.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Damaged streams are read as the same whatever the borders of their chunks, and nothing but a refusal comes out. */
class SseFuzzTest {
    private static final int LONGEST = 48;

    private static final List<String> SPLICES = List.of(
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            ":",
            " ",
            "data",
            "data:",
            "id:",
            "id: \u0000",
            "id: a\u0007",
            "retry:",
            "retry: 1234567890",
            "retry: -1",
            "event:",
            "event: message\n",
            "\ufeff",
            "\u0000",
            "x".repeat(30));

    @Test
    void readsTheSameWhateverTheBordersOfChunks() {
        Mutants mutants = Mutants.of(SseFuzzTest.class, "anyStream", SPLICES);
        int events = 0;
        for (int i = 0; i < Mutants.RUNS; i++) {
            events += check(mutants.next());
        }
        assertThat(events).isGreaterThan(Mutants.RUNS);
    }

    @FuzzTest
    void anyStream(byte[] stream) {
        check(stream);
    }

    /** Answers how much was read. */
    private static int check(byte[] stream) {
        List<String> whole = read(stream, List.of(stream.length));
        // The same stream has the same borders, so that what fails once fails again.
        SplittableRandom random = new SplittableRandom(Arrays.hashCode(stream));
        List<Integer> borders = new ArrayList<>();
        for (int at = 0; at < stream.length; ) {
            at = Math.min(stream.length, at + 1 + random.nextInt(7));
            borders.add(at);
        }
        assertThat(read(stream, borders)).isEqualTo(whole);
        return whole.size();
    }

    /** All events, then the id, the retry time and whether the stream was refused. */
    private static List<String> read(byte[] stream, List<Integer> borders) {
        List<String> said = new ArrayList<>();
        SseReader reader = new SseReader(LONGEST, data -> said.add(new String(data, ISO_8859_1)));
        try {
            int from = 0;
            for (int to : borders) {
                reader.feed(Arrays.copyOfRange(stream, from, to));
                from = to;
            }
        } catch (Refusal tooLong) {
            said.add("refused");
        }
        assertThat(said).allMatch(event -> event.length() <= LONGEST);
        said.add("id " + reader.lastId());
        said.add("retry " + reader.retryMillis());
        return said;
    }
}
