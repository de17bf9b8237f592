package dev.stepgate.gateway.episode;

import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The slots of one environment, and the queue of those who wait for one. First come, first served; a slot that was taken is
 * given back exactly once. Any thread may ask; the lock is held for a few instructions, and never while a waiter is told.
 */
final class Capacity {
    private final int slots;
    private final int places;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final NavigableMap<Long, CompletableFuture<Optional<Slot>>> queue = new TreeMap<>();
    private long tickets;
    private int used;

    /**
     * @param slots at least 1
     * @param places how many may wait, from 0
     * @param patience how long one waits
     */
    Capacity(int slots, int places, Duration patience) {
        this.slots = slots;
        this.places = places;
        this.patience = patience;
    }

    /**
     * A slot, at once or in turn. What is returned completes with none when the queue is full, after the time that one
     * waits, or when nothing opens any more; completing it with none gives up the place.
     */
    CompletableFuture<Optional<Slot>> ask() {
        CompletableFuture<Optional<Slot>> waiter = new CompletableFuture<>();
        long ticket;
        lock.lock();
        try {
            if (used < slots) {
                used++;
                return CompletableFuture.completedFuture(Optional.of(new Slot()));
            }
            if (queue.size() >= places) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            ticket = tickets++;
            queue.put(ticket, waiter);
        } finally {
            lock.unlock();
        }
        var _ = waiter.whenComplete((_, _) -> forget(ticket));
        return waiter.completeOnTimeout(Optional.empty(), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Tells everyone who waits that there will be no slot. */
    void dismiss() {
        Optional<CompletableFuture<Optional<Slot>>> waiter = next(false);
        while (waiter.isPresent()) {
            waiter.get().complete(Optional.empty());
            waiter = next(false);
        }
    }

    int slots() {
        return slots;
    }

    int used() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }

    int queued() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    CapacityReached reached() {
        return new CapacityReached(used(), slots);
    }

    /** The slot that has come free goes to the first who still waits; with nobody there it is free. */
    private void passOn() {
        Optional<CompletableFuture<Optional<Slot>>> waiter = next(true);
        while (waiter.isPresent() && !waiter.get().complete(Optional.of(new Slot()))) {
            waiter = next(true);
        }
    }

    private Optional<CompletableFuture<Optional<Slot>>> next(boolean holdsSlot) {
        lock.lock();
        try {
            Map.Entry<Long, CompletableFuture<Optional<Slot>>> first = queue.pollFirstEntry();
            if (first == null && holdsSlot) {
                used--;
            }
            return Optional.ofNullable(first).map(Map.Entry::getValue);
        } finally {
            lock.unlock();
        }
    }

    private void forget(long ticket) {
        lock.lock();
        try {
            queue.remove(ticket);
        } finally {
            lock.unlock();
        }
    }

    /** The right to one open episode. */
    final class Slot {
        private final AtomicBoolean held = new AtomicBoolean(true);

        void release() {
            if (held.getAndSet(false)) {
                passOn();
            }
        }
    }
}
