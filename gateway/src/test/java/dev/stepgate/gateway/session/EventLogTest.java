package dev.stepgate.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private final EventLog log = new EventLog("s1");

    private static final class RecordingSink implements EventLog.Sink {
        private final List<String> heard = new ArrayList<>();

        @Override
        public void event(String id, byte[] json) {
            heard.add(id + " " + new String(json, UTF_8));
        }

        @Override
        public void end() {
            heard.add("end");
        }
    }

    private void add(String json) {
        log.add(json.getBytes(UTF_8));
    }

    @Test
    void givesALostClientWhatItHasNotSeenAndThenWhatComes() {
        RecordingSink lost = new RecordingSink();
        log.attach(lost);
        add("a");
        log.detach(lost);
        add("b");

        RecordingSink back = new RecordingSink();
        log.resume("s1-1", back);
        add("c");
        log.complete();

        assertThat(lost.heard).containsExactly("s1-1 a");
        assertThat(back.heard).containsExactly("s1-2 b", "s1-3 c", "end");
    }

    @Test
    void givesEverythingFromTheBeginningAlsoWhenAllIsOver() {
        add("a");
        add("b");
        log.complete();

        RecordingSink late = new RecordingSink();
        log.resume(log.beginning(), late);

        assertThat(late.heard).containsExactly("s1-1 a", "s1-2 b", "end");
    }

    @Test
    void keepsABoundedNumberOfEvents() {
        for (int i = 0; i < 1_000; i++) {
            add("x");
        }

        RecordingSink late = new RecordingSink();
        log.resume(log.beginning(), late);

        assertThat(late.heard).hasSize(256).last().isEqualTo("s1-1000 x");
    }

    @Test
    void takesAnIdThatIsNoneForOneOfTheFuture() {
        add("a");
        RecordingSink odd = new RecordingSink();

        log.resume("s1-x", odd);

        assertThat(odd.heard).isEmpty();
        assertThat(EventLog.nameIn("nonsense")).isEmpty();
        assertThat(EventLog.nameIn("-1")).isEmpty();
    }
}
