package dev.stepgate.gateway.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The events of one stream, kept so that a client whose connection broke can ask for those it has not seen. The oldest go
 * when there are too many; a client that missed one of those is told nothing of it. Thread-safe.
 */
public final class EventLog {
    private static final int MOST_EVENTS = 256;
    private static final int MOST_BYTES = 256 * 1024;

    private final String name;
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private long next = 1;
    private int bytes;
    private Sink sink = Sink.NOBODY;
    private boolean complete;

    EventLog(String name) {
        this.name = name;
    }

    /** Whoever the stream goes to now. */
    public interface Sink {
        Sink NOBODY = new Sink() {
            @Override
            public void event(String id, byte[] json) {}

            @Override
            public void end() {}
        };

        void event(String id, byte[] json);

        /** Nothing more will come. */
        void end();
    }

    private record Event(long number, byte[] json) {}

    /** The id from which on everything can be asked for. */
    public String beginning() {
        return name + "-0";
    }

    /** The stream's part of an event's id, if it is one. */
    static Optional<String> nameIn(String eventId) {
        int dash = eventId.lastIndexOf('-');
        return dash < 1 ? Optional.empty() : Optional.of(eventId.substring(0, dash));
    }

    /** Adds an event and passes it on. May wait while whoever takes it is slow. */
    public synchronized void add(byte[] json) {
        Event event = new Event(next++, json);
        events.add(event);
        bytes += json.length;
        while (events.size() > MOST_EVENTS || (bytes > MOST_BYTES && events.size() > 1)) {
            bytes -= events.remove().json().length;
        }
        sink.event(name + "-" + event.number(), json);
    }

    /** The last event is in. */
    public synchronized void complete() {
        complete = true;
        sink.end();
        sink = Sink.NOBODY;
    }

    synchronized boolean isComplete() {
        return complete;
    }

    /** Passes on to this one from now on. */
    public synchronized void attach(Sink to) {
        sink = to;
    }

    /** Passes everything after an event on to this one, and from then on what comes. */
    public synchronized void resume(String lastEventId, Sink to) {
        long after = number(lastEventId);
        List<Event> missed = new ArrayList<>(events);
        for (Event event : missed) {
            if (event.number() > after) {
                to.event(name + "-" + event.number(), event.json());
            }
        }
        if (complete) {
            to.end();
        } else {
            sink = to;
        }
    }

    /** Whoever took it has gone; the stream goes on. */
    public synchronized void detach(Sink from) {
        if (sink.equals(from)) {
            sink = Sink.NOBODY;
        }
    }

    private static long number(String eventId) {
        try {
            return Long.parseLong(eventId.substring(eventId.lastIndexOf('-') + 1));
        } catch (NumberFormatException none) {
            return Long.MAX_VALUE;
        }
    }
}
