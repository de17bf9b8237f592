package dev.stepgate.gateway.credential;

import java.io.Serial;

/** A value could not be had. The message names neither value nor token. */
public final class SecretStoreFailed extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final Kind kind;

    /** Why. */
    public enum Kind {
        /** No answer, sealed, standby or overloaded: it may be different in a moment. */
        UNAVAILABLE,
        /** The store does not let the gateway have it, or no longer. */
        FORBIDDEN,
        /** There is no such value, or no such version. */
        MISSING,
        /** Anything else that will not change by itself. */
        REFUSED
    }

    public SecretStoreFailed(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
