package dev.stepgate.adapter.openenv;

import java.time.Duration;

/**
 * Bounds of one OpenEnv upstream.
 *
 * @param maxAnswerBytes one frame of the server; OpenEnv's own clients take 100 MB
 * @param maxRequestBytes one frame to the server; what a server takes unless it was told otherwise
 * @param maxDocumentBytes a document such as {@code /schema}
 * @param connectTimeout for the connection, TLS included
 * @param closeTimeout how long the server may take to end a session before its connection is cut
 * @param healthEvery the pause between two looks at {@code /health} of a server that was just started
 * @param maxSockets sockets to one server
 */
public record OpenEnvLimits(
        int maxAnswerBytes,
        int maxRequestBytes,
        int maxDocumentBytes,
        Duration connectTimeout,
        Duration closeTimeout,
        Duration healthEvery,
        int maxSockets) {
    /** 100 MB, 16 MiB, 1 MiB, 5 s, 2 s, 100 ms, 65,536 sockets: more than any environment has slots. */
    public static final OpenEnvLimits DEFAULT = new OpenEnvLimits(
            100_000_000,
            16 << 20,
            1 << 20,
            Duration.ofSeconds(5),
            Duration.ofSeconds(2),
            Duration.ofMillis(100),
            65_536);

    public OpenEnvLimits {
        if (maxAnswerBytes < 1024 || maxRequestBytes < 1024 || maxDocumentBytes < 1024 || maxSockets < 1) {
            throw new IllegalArgumentException("limits of an OpenEnv upstream out of range");
        }
    }
}
