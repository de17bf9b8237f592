package dev.stepgate.gateway.http;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Begins the answers of requests that take long, so that no client waits for a first byte until it gives up. */
final class SlowRequests {
    private static final long LOOK_MILLIS = 500;
    private static final long LONG_NANOS = Duration.ofSeconds(3).toNanos();

    private final Set<Slow> waiting = ConcurrentHashMap.newKeySet();

    /** A request that is being worked on. */
    interface Slow {
        long startNanos();

        /** Begins the answer without blocking, unless it has begun. Called more than once. */
        void beginSoon();
    }

    /** Looks for as long as {@code vertx} lives. */
    SlowRequests(Vertx vertx) {
        vertx.setPeriodic(LOOK_MILLIS, _ -> look());
    }

    void add(Slow request) {
        waiting.add(request);
    }

    void remove(Slow request) {
        waiting.remove(request);
    }

    private void look() {
        long now = System.nanoTime();
        waiting.removeIf(request -> {
            boolean slow = now - request.startNanos() > LONG_NANOS;
            if (slow) {
                request.beginSoon();
            }
            return slow;
        });
    }
}
