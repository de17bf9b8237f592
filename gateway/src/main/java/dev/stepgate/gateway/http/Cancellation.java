package dev.stepgate.gateway.http;

import java.util.LinkedHashSet;
import java.util.Set;

/** Whether a request was given up, and what to do then. Thread-safe. */
final class Cancellation {
    private final Set<Runnable> actions = new LinkedHashSet<>();
    private boolean cancelled;

    /** Has an action run once, at once if it is too late; the result takes it back. */
    Runnable add(Runnable action) {
        Runnable own = action::run; // a key of its own
        synchronized (actions) {
            if (!cancelled) {
                actions.add(own);
                return () -> remove(own);
            }
        }
        action.run();
        return () -> {};
    }

    private void remove(Runnable own) {
        synchronized (actions) {
            actions.remove(own);
        }
    }

    /** Does not block for long. */
    void cancel() {
        Set<Runnable> toDo;
        synchronized (actions) {
            cancelled = true;
            toDo = new LinkedHashSet<>(actions);
            actions.clear();
        }
        toDo.forEach(Runnable::run);
    }
}
