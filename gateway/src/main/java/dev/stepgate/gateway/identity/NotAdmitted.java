package dev.stepgate.gateway.identity;

import java.io.Serial;

/** A caller that proved nothing. An expected answer, so it carries no stack trace. */
public final class NotAdmitted extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    NotAdmitted(String message) {
        super(message, null, false, false);
    }

    /** The sentence for the caller. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
