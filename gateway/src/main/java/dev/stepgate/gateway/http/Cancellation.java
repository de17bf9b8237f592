package dev.stepgate.gateway.http;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Whether a request was given up, and what to do then. Thread-safe. */
final class Cancellation {
    private final Set<AtomicReference<Runnable>> actions = new LinkedHashSet<>();
    private boolean cancelled;

    /** Has an action run once, at once if it is too late; the result takes it back. */
    Runnable add(Runnable action) {
        AtomicReference<Runnable> own = new AtomicReference<>(action); // equal to no other
        synchronized (actions) {
            if (!cancelled) {
                actions.add(own);
                return () -> remove(own);
            }
        }
        action.run();
        return () -> {};
    }

    private void remove(AtomicReference<Runnable> own) {
        synchronized (actions) {
            actions.remove(own);
        }
    }

    /** Does not block for long. */
    void cancel() {
        Set<AtomicReference<Runnable>> toDo;
        synchronized (actions) {
            cancelled = true;
            toDo = new LinkedHashSet<>(actions);
            actions.clear();
        }
        toDo.forEach(action -> action.get().run());
    }
}
