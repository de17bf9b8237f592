package dev.stepgate.adapter.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.tool.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseReaderTest {
    private static final String STREAM = ": comment\n\nevent: message\nid: 1\ndata: one\n\n"
            + "data:two\ndata:  lines \u20ac\n\nretry: 5\ndata\n\nevent: other\ndata: skipped\n\nevent:\ndata: {}\n\ndata: cut off";
    private static final List<String> EVENTS = List.of("one", "two\n lines \u20ac", "{}");

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void readsTheSameWhateverTheBordersOfChunksAndTheLineEnds(String lineEnd) {
        byte[] bytes = STREAM.replace("\n", lineEnd).getBytes(UTF_8);
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 500; round++) {
            int longest = 1 + round % bytes.length;
            List<String> events = new ArrayList<>();
            SseReader reader = new SseReader(1024, data -> events.add(new String(data, UTF_8)));
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(longest));
                reader.feed(Arrays.copyOfRange(bytes, from, to));
                from = to;
            }
            assertThat(events).isEqualTo(EVENTS);
        }
    }

    @Test
    void skipsAByteOrderMark() {
        List<String> events = new ArrayList<>();
        new SseReader(1024, data -> events.add(new String(data, UTF_8))).feed("\ufeffdata: x\n\n".getBytes(UTF_8));

        assertThat(events).containsExactly("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"data: aaaaaaaaaaaaaaaa", "data: aaaaaaa\ndata: aaaaaaa\n\n", ": aaaaaaaaaaaaaaaaaaa\n"})
    void boundsLinesAndEvents(String stream) {
        SseReader reader = new SseReader(14, data -> {});

        assertThatThrownBy(() -> reader.feed(stream.getBytes(UTF_8))).isInstanceOf(Refusal.class);
    }
}
