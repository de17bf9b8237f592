package dev.stepgate.gateway.upstream;

import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Programs that are started before a run wants them. None is used twice, none has seen anything of a run, and what nobody
 * has claimed for half an hour is ended, so that an environment which is not used costs nothing. Thread-safe.
 */
final class WarmPool<T extends WarmPool.Warm> implements AutoCloseable {
    private static final Duration TO_START = Duration.ofSeconds(60);
    private static final Duration LONGEST_UNCLAIMED = Duration.ofMinutes(30);

    private static final Duration LONGEST_END = Duration.ofSeconds(6);

    /** Those who wait for a start of their own come first: the processors are theirs. */
    private static final int STARTS_AT_ONCE = 2;

    private final Map<Key, Shelf<T>> shelves = new ConcurrentHashMap<>();
    private final Semaphore starts = new Semaphore(STARTS_AT_ONCE);
    private volatile boolean closed;

    /** What may wait here. */
    interface Warm {
        /** Whether it runs, and has done nothing that only a run may have it do. */
        boolean isFresh();

        /** Ends it; blocks until it is gone. */
        void end();
    }

    /** Manifests do not change while the gateway runs, so this names one program. */
    record Key(String environment, String upstream) {}

    private record Ready<T>(T program, long sinceNanos) {
        boolean isOld(long now) {
            return now - sinceNanos > LONGEST_UNCLAIMED.toNanos();
        }
    }

    /** Those that are ready, and how many there are with those on their way. */
    private record Shelf<T extends Warm>(ConcurrentLinkedQueue<Ready<T>> ready, AtomicInteger count) {
        Shelf() {
            this(new ConcurrentLinkedQueue<>(), new AtomicInteger());
        }

        @Nullable
        Ready<T> poll() {
            Ready<T> next = ready.poll();
            if (next != null) {
                count.decrementAndGet();
            }
            return next;
        }
    }

    /**
     * Begins a run with a program that nobody has used: one that is ready, else one that is started now. One that was ready
     * may have ended since; a run that can not begin with it begins with another.
     *
     * @param warm how many are to be ready for the next ones
     * @param begin takes the program over, to end it also when it fails
     */
    <R> R begin(Key key, int warm, Deadline deadline, Function<Deadline, T> start, Function<T, R> begin) {
        Shelf<T> shelf = shelves.computeIfAbsent(key, _ -> new Shelf<>());
        try {
            T ready = fresh(shelf);
            if (ready != null) {
                try {
                    return begin.apply(ready);
                } catch (Refusal refusal) {
                    if (refusal.outcome() != OutcomeClass.ENV_ERROR) {
                        throw refusal;
                    }
                }
            }
            return begin.apply(start.apply(deadline));
        } finally {
            fill(key, shelf, warm, start);
        }
    }

    private @Nullable T fresh(Shelf<T> shelf) {
        for (Ready<T> next = shelf.poll(); next != null; next = shelf.poll()) {
            T program = next.program();
            if (program.isFresh()) {
                return program;
            }
            Thread.ofVirtual().start(program::end);
        }
        return null;
    }

    private void fill(Key key, Shelf<T> shelf, int warm, Function<Deadline, T> start) {
        while (!closed && shelf.count().getAndUpdate(count -> Math.min(count + 1, warm)) < warm) {
            Thread.ofVirtual().name("warm-" + key.environment()).start(() -> {
                starts.acquireUninterruptibly();
                try {
                    shelf.ready().add(new Ready<>(start.apply(Deadline.in(TO_START)), System.nanoTime()));
                    if (closed) {
                        empty(shelf);
                    }
                } catch (RuntimeException failed) {
                    // Whoever claims next starts one itself and is told why it fails.
                    shelf.count().decrementAndGet();
                } finally {
                    starts.release();
                }
            });
        }
    }

    /** Puts away what has ended, and ends what nobody has claimed for long. The next run starts one itself. */
    void retire() {
        long now = System.nanoTime();
        for (Shelf<T> shelf : shelves.values()) {
            for (Ready<T> ready : shelf.ready()) {
                if ((ready.isOld(now) || !ready.program().isFresh())
                        && shelf.ready().remove(ready)) {
                    shelf.count().decrementAndGet();
                    Thread.ofVirtual().start(ready.program()::end);
                }
            }
        }
    }

    private List<Thread> empty(Shelf<T> shelf) {
        List<Thread> ending = new ArrayList<>();
        for (Ready<T> next = shelf.poll(); next != null; next = shelf.poll()) {
            ending.add(Thread.ofVirtual().start(next.program()::end));
        }
        return ending;
    }

    /** Ends those that nobody claimed, all at once. One that is being started is ended by whoever starts it. */
    @Override
    public void close() {
        closed = true;
        List<Thread> ending = shelves.values().stream()
                .flatMap(shelf -> empty(shelf).stream())
                .toList();
        try {
            for (Thread thread : ending) {
                thread.join(LONGEST_END);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
