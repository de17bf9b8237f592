package dev.stepgate.environment.driver;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads a program's standard error for as long as it lives, so that it never blocks on a full pipe, and keeps the last 64
 * KiB. The reading is done by one platform thread: a read from a pipe holds the carrier of a virtual one for as long as the
 * program is silent, and some hundred silent programs would hold them all.
 */
final class StderrTail {
    private static final int KEPT = 64 * 1024;

    private final byte[] ring = new byte[KEPT];
    private int next;
    private boolean full;

    static StderrTail of(InputStream stream) {
        StderrTail tail = new StderrTail();
        Thread.ofPlatform().daemon().name("sandbox-stderr").start(() -> tail.drain(stream));
        return tail;
    }

    private void drain(InputStream stream) {
        byte[] chunk = new byte[8 * 1024];
        try (stream) {
            for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
                keep(chunk, read);
            }
        } catch (IOException ended) {
            // The program is gone; what it wrote before is kept.
        }
    }

    private synchronized void keep(byte[] chunk, int length) {
        for (int i = 0; i < length; i++) {
            ring[next++] = chunk[i];
            if (next == KEPT) {
                next = 0;
                full = true;
            }
        }
    }

    synchronized String text() {
        return full
                ? new String(ring, next, KEPT - next, StandardCharsets.UTF_8)
                        + new String(ring, 0, next, StandardCharsets.UTF_8)
                : new String(ring, 0, next, StandardCharsets.UTF_8);
    }
}
