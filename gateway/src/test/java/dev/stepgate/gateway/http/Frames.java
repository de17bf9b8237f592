package dev.stepgate.gateway.http;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A socket that is asked one frame at a time. */
final class Frames implements WebSocket.Listener, AutoCloseable {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final StringBuilder part = new StringBuilder();
    private @Nullable WebSocket socket;

    private Frames() {}

    /**
     * Opens a socket.
     *
     * @param target by its HTTP URL
     * @param headers names and values in turn
     */
    static Frames open(HttpClient client, URI target, String... headers) throws Exception {
        Frames frames = new Frames();
        WebSocket.Builder builder = client.newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        frames.socket = builder.buildAsync(URI.create(target.toString().replaceFirst("^http", "ws")), frames)
                .get(10, TimeUnit.SECONDS);
        return frames;
    }

    String ask(String frame) throws Exception {
        Objects.requireNonNull(socket).sendText(frame, true).get(10, TimeUnit.SECONDS);
        return Objects.requireNonNull(received.poll(20, TimeUnit.SECONDS), "no answer");
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        part.append(data);
        if (last) {
            received.add(part.toString());
            part.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public void close() {
        Objects.requireNonNull(socket).abort();
    }
}
