package dev.stepgate.environment;

import java.io.Serial;

/** A sandbox that could not be started, in one sentence. */
public final class SandboxRefused extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    public SandboxRefused(String message) {
        super(message, null, false, false);
    }

    public String sentence() {
        return String.valueOf(getMessage());
    }
}
