package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;

/**
 * Takes what upstreams say of themselves without making them wait, and passes it on from a thread that may. When too much
 * waits, the oldest goes: these are hints that something has changed, and a later one says the same. Thread-safe.
 */
final class Mailbox implements BiConsumer<String, ObjectNode> {
    private static final int MOST_WAITING = 128;

    private final BiConsumer<String, ObjectNode> reader;
    private final ArrayDeque<Letter> letters = new ArrayDeque<>();
    private boolean reading;

    private record Letter(String method, ObjectNode params) {}

    Mailbox(BiConsumer<String, ObjectNode> reader) {
        this.reader = reader;
    }

    @Override
    public synchronized void accept(String method, ObjectNode params) {
        if (letters.size() == MOST_WAITING) {
            letters.remove();
        }
        letters.add(new Letter(method, params));
        if (!reading) {
            reading = true;
            Thread.ofVirtual().name("mailbox").start(this::read);
        }
    }

    private void read() {
        for (Letter next = next(); next != null; next = next()) {
            reader.accept(next.method(), next.params());
        }
    }

    private synchronized @org.jspecify.annotations.Nullable Letter next() {
        Letter next = letters.poll();
        reading = next != null;
        return next;
    }
}
