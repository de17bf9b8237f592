package dev.stepgate.gateway.identity.token;

import java.io.Serial;
import java.time.Duration;

/** The issuer's keys cannot be had, so that nothing can be said of a token. Carries no stack trace. */
public final class KeysUnavailable extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final Duration retryAfter;

    KeysUnavailable(Duration retryAfter) {
        super("the issuer's keys cannot be had", null, false, false);
        this.retryAfter = retryAfter;
    }

    /** When it is worth trying again: at least a second. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
