package dev.stepgate.adapter.http;

import java.time.Duration;

/**
 * Bounds of one HTTP upstream.
 *
 * @param maxAnswerBytes one answer, a whole event stream included, in bytes
 * @param connectTimeout for the TCP connection, TLS included
 * @param keepAlive how long an idle connection is kept. Shorter than the 5 s after which common servers close theirs, because
 *     a call sent just then is lost and must not be repeated
 * @param maxConnections connections to the upstream
 * @param maxListening streams of what belongs to no call, each on a connection of its own
 * @param maxWaiting calls that wait for a connection; a further one is refused at once
 */
public record HttpLimits(
        int maxAnswerBytes,
        Duration connectTimeout,
        Duration keepAlive,
        int maxConnections,
        int maxListening,
        int maxWaiting) {
    /** 16 MiB, 5 s, 4 s, 64 connections, 1,024 streams, 256 waiting. */
    public static final HttpLimits DEFAULT =
            new HttpLimits(16 << 20, Duration.ofSeconds(5), Duration.ofSeconds(4), 64, 1_024, 256);

    public HttpLimits {
        if (maxAnswerBytes < 1024 || maxConnections < 1 || maxListening < 1 || maxWaiting < 0) {
            throw new IllegalArgumentException("limits of an HTTP upstream out of range");
        }
    }
}
