package dev.stepgate.gateway.connect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads events off a stream, one after the other. For one thread. */
final class EventReader {
    private static final int LONGEST = 16 << 20;

    private @Nullable String lastId;

    /** The data of the next event that has any; null at the end. */
    byte @Nullable [] next(InputStream body) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (byte[] line = line(body); line != null; line = line(body)) {
            String text = new String(line, StandardCharsets.UTF_8);
            if (text.isEmpty()) {
                if (data.size() > 0) {
                    return data.toByteArray();
                }
            } else if (text.startsWith("data:")) {
                data.writeBytes(value(text).getBytes(StandardCharsets.UTF_8));
            } else if (text.startsWith("id:")) {
                lastId = value(text);
            }
        }
        return null;
    }

    @Nullable
    String lastId() {
        return lastId;
    }

    private static String value(String line) {
        String value = line.substring(line.indexOf(':') + 1);
        return value.startsWith(" ") ? value.substring(1) : value;
    }

    private static byte @Nullable [] line(InputStream body) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = body.read(); b != '\n'; b = body.read()) {
            if (b < 0) {
                return null;
            }
            if (line.size() > LONGEST) {
                throw new IOException("an event is longer than " + LONGEST + " bytes");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toByteArray();
    }
}
