package dev.stepgate.policy;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * At most so many calls within any 60 s. A ring holds the time of each of the last calls; a call may be made when the one
 * that it would replace is a minute old. Without locks: a slot is taken by exchanging its stamp, and whoever finds that the
 * cursor has not followed moves it on.
 */
final class MinuteWindow {
    private static final long MINUTE_MILLIS = 60_000;

    private final AtomicReferenceArray<@Nullable Stamp> ring;
    private final AtomicLong cursor = new AtomicLong();

    private record Stamp(long ticket, long millis) {}

    MinuteWindow(int calls) {
        this.ring = new AtomicReferenceArray<>(calls);
    }

    int calls() {
        return ring.length();
    }

    /** Takes a place in this minute, or returns false where it is full. */
    boolean take(long nowMillis) {
        if (ring.length() == 0) {
            return false;
        }
        while (true) {
            long ticket = cursor.get();
            int slot = (int) (ticket % ring.length());
            Stamp old = ring.get(slot);
            if (old != null && old.ticket == ticket) {
                cursor.compareAndSet(ticket, ticket + 1); // its owner has not come to it yet
            } else if (old != null && nowMillis - old.millis < MINUTE_MILLIS) {
                return false;
            } else if (ring.compareAndSet(slot, old, new Stamp(ticket, nowMillis))) {
                cursor.compareAndSet(ticket, ticket + 1);
                return true;
            }
        }
    }

    boolean isIdle(long nowMillis) {
        for (int i = 0; i < ring.length(); i++) {
            Stamp stamp = ring.get(i);
            if (stamp != null && nowMillis - stamp.millis < MINUTE_MILLIS) {
                return false;
            }
        }
        return true;
    }

    /** A window of another size that remembers the latest calls. */
    MinuteWindow resized(int calls) {
        MinuteWindow next = new MinuteWindow(calls);
        long end = cursor.get();
        long kept = Math.min(calls, Math.min(end, ring.length()));
        for (long ticket = end - kept; ticket < end; ticket++) {
            Stamp stamp = ring.get((int) (ticket % ring.length()));
            if (stamp != null) {
                next.take(stamp.millis);
            }
        }
        return next;
    }
}
