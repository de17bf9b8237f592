package dev.stepgate.adapter.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds one answer in a stream of server-sent events (WHATWG HTML, section 9.2), whatever the borders of its chunks. Only
 * the current event is kept; whoever feeds it bounds the whole. For one thread.
 */
final class SseReader {
    private final String wantedId;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private boolean afterReturn;

    SseReader(String wantedId) {
        this.wantedId = wantedId;
    }

    /** Takes the next bytes; the answer's JSON text once its event is complete, else null. */
    byte @Nullable [] read(byte[] chunk) {
        for (byte b : chunk) {
            boolean lineFeedOfPair = b == '\n' && afterReturn;
            afterReturn = b == '\r';
            if (lineFeedOfPair) {
                continue;
            }
            if (b != '\n' && b != '\r') {
                line.write(b);
                continue;
            }
            byte[] answer = endOfLine();
            if (answer != null) {
                return answer;
            }
        }
        return null;
    }

    private byte @Nullable [] endOfLine() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (text.isEmpty()) {
            byte[] event = data.toByteArray();
            data.reset();
            return event.length > 0 && isWanted(event) ? event : null;
        }
        if (text.startsWith("data:")) {
            if (data.size() > 0) {
                data.write('\n');
            }
            String value = text.substring("data:".length());
            data.writeBytes((value.startsWith(" ") ? value.substring(1) : value).getBytes(StandardCharsets.UTF_8));
        }
        return null;
    }

    private boolean isWanted(byte[] event) {
        try {
            JsonNode message = StrictJson.LENIENT_NUMBERS.parse(event, HttpExchange.MAX_ANSWER);
            return !message.has("method") && message.path("id").toString().equals(wantedId);
        } catch (JsonProblem garbage) {
            // Given out as the answer, so that it is refused as garbage and the call does not wait for its deadline.
            return true;
        }
    }
}
