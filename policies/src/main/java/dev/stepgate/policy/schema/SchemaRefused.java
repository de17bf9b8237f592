package dev.stepgate.policy.schema;

import java.io.Serial;

/** A schema that is not admitted, and with it its tool. The message is one sentence. */
public final class SchemaRefused extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    SchemaRefused(String message) {
        super(message, null, false, false);
    }

    public String sentence() {
        return String.valueOf(getMessage());
    }
}
