package dev.stepgate.client;

import java.time.Duration;
import java.util.Map;

/**
 * How a client waits and what it accepts. Every duration is positive.
 *
 * @param connectTimeout until the socket is open; also bounds how long a close waits for the server
 * @param replyTimeout from a request until its reply, the wait for requests of other threads included
 * @param maxReplyLength length of one reply in UTF-16 code units; a longer one costs the socket
 * @param headers sent with the handshake, for example {@code Authorization}
 */
public record ClientSettings(
        Duration connectTimeout, Duration replyTimeout, int maxReplyLength, Map<String, String> headers) {

    /** What OpenEnv's own clients wait (10 s, 60 s) and accept (100 MB), without headers. */
    public static final ClientSettings DEFAULT =
            new ClientSettings(Duration.ofSeconds(10), Duration.ofSeconds(60), 100_000_000, Map.of());

    public ClientSettings {
        if (!connectTimeout.isPositive() || !replyTimeout.isPositive() || maxReplyLength < 1) {
            throw new IllegalArgumentException("timeouts and the reply length must be positive");
        }
        headers = Map.copyOf(headers);
    }

    public ClientSettings withReplyTimeout(Duration timeout) {
        return new ClientSettings(connectTimeout, timeout, maxReplyLength, headers);
    }

    public ClientSettings withMaxReplyLength(int length) {
        return new ClientSettings(connectTimeout, replyTimeout, length, headers);
    }

    public ClientSettings withHeaders(Map<String, String> handshakeHeaders) {
        return new ClientSettings(connectTimeout, replyTimeout, maxReplyLength, handshakeHeaders);
    }
}
