package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one {@code subscriptions/listen} stream open, for as long as somebody listens, on a thread of its own. A stream is for
 * a fixed set of resources, so a change of the set opens another; one that ends is opened again after a pause that grows.
 * Thread-safe.
 */
final class StatelessListening {
    private static final int MOST_RESOURCES = 1_000;
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final BiConsumer<ObjectNode, Turn> stream;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<String> resources = new TreeSet<>();
    private @Nullable Turn current;
    private boolean started;
    private boolean closed;

    /** @param stream opens a stream with these params and returns when it has ended */
    StatelessListening(BiConsumer<ObjectNode, Turn> stream) {
        this.stream = stream;
    }

    /** One stream. */
    static final class Turn {
        private final ReentrantLock lock = new ReentrantLock();
        private volatile boolean ended;
        private @Nullable Runnable action;
        private final CountDownLatch acknowledged = new CountDownLatch(1);

        Runnable onEnd(Runnable toDo) {
            lock.lock();
            try {
                action = toDo;
                if (!ended) {
                    return () -> {};
                }
            } finally {
                lock.unlock();
            }
            toDo.run();
            return () -> {};
        }

        void end() {
            Runnable toDo;
            lock.lock();
            try {
                toDo = ended ? null : action;
                ended = true;
            } finally {
                lock.unlock();
            }
            if (toDo != null) {
                toDo.run();
            }
        }
    }

    /** The server has said that the stream is there. */
    void acknowledged() {
        lock.lock();
        try {
            if (current != null) {
                current.acknowledged.countDown();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the stream is there; goes on without it when it takes longer. */
    void awaitAcknowledged(Deadline deadline) {
        try {
            Turn turn = turn(deadline);
            if (turn != null) {
                boolean _ = turn.acknowledged.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        }
    }

    /** The stream that is open or about to be. */
    private @Nullable Turn turn(Deadline deadline) throws InterruptedException {
        lock.lock();
        try {
            while (!closed && (current == null || current.ended) && !deadline.hasPassed()) {
                boolean _ = changed.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
            }
            return current;
        } finally {
            lock.unlock();
        }
    }

    void add(String uri) {
        change(() -> {
            if (resources.size() >= MOST_RESOURCES) {
                throw Refusal.environmentFailed("more than " + MOST_RESOURCES + " resources are listened to");
            }
            return resources.add(uri);
        });
        start();
    }

    void remove(String uri) {
        change(() -> resources.remove(uri));
    }

    void start() {
        lock.lock();
        try {
            if (started || closed) {
                return;
            }
            started = true;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("stepgate-listen").start(this::run);
    }

    void close() {
        change(() -> {
            closed = true;
            return true;
        });
    }

    private void change(java.util.function.BooleanSupplier edit) {
        Turn turn = null;
        lock.lock();
        try {
            if (edit.getAsBoolean()) {
                turn = current;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (turn != null) {
            turn.end();
        }
    }

    private void run() {
        Duration pause = SHORTEST_PAUSE;
        while (true) {
            ObjectNode params;
            Turn turn = new Turn();
            lock.lock();
            try {
                if (closed) {
                    return;
                }
                current = turn;
                params = params();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            boolean failed = false;
            try {
                stream.accept(params, turn);
            } catch (RuntimeException ended) {
                failed = !turn.ended;
            }
            pause = failed ? longer(pause) : SHORTEST_PAUSE;
            if (!turn.ended && !rest(pause)) {
                return;
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    /** False when there is nothing more to do. */
    private boolean rest(Duration pause) {
        long left = pause.toNanos();
        lock.lock();
        try {
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private ObjectNode params() {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        ObjectNode wanted = params.putObject("notifications")
                .put("toolsListChanged", true)
                .put("promptsListChanged", true)
                .put("resourcesListChanged", true);
        if (!resources.isEmpty()) {
            ArrayNode uris = wanted.putArray("resourceSubscriptions");
            resources.forEach(uris::add);
        }
        return params;
    }
}
