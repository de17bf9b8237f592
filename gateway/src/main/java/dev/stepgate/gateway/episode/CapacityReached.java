package dev.stepgate.gateway.episode;

import java.io.Serial;

/** All slots of an environment are taken. An expected answer, so it carries no stack trace. */
public final class CapacityReached extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final int active;
    private final int capacity;

    CapacityReached(int active, int capacity) {
        super(
                "Server at capacity: " + active + "/" + capacity + " sessions active. Cannot accept new connections.",
                null,
                false,
                false);
        this.active = active;
        this.capacity = capacity;
    }

    public int active() {
        return active;
    }

    public int capacity() {
        return capacity;
    }

    /** The sentence OpenEnv clients know. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
