package dev.stepgate.json;

import java.io.Serial;

/** Bytes that are not the JSON we take. The message is one sentence and quotes nothing of the input. */
public final class JsonProblem extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    JsonProblem(String message) {
        super(message, null, false, false);
    }

    /** The sentence for the sender. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
