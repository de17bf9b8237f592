package dev.stepgate.json;

import java.io.Serial;

/**
 * Why bytes are no JSON that is admitted, or a tree none that can be written. The message is one sentence in lower case
 * that may be shown to the sender; it quotes at most a key of the document.
 */
public final class JsonProblem extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What is wrong, for tests and metrics. */
    public enum Kind {
        /** Not UTF-8, a byte order mark, or a NUL byte. */
        ENCODING,
        /** No JSON, or an empty document. */
        SYNTAX,
        /** A key occurs twice in one object. */
        DUPLICATE_KEY,
        /** Something follows the document. */
        TRAILING,
        /** Nested deeper than allowed. */
        DEPTH,
        /** The document, a string, a key or a number is longer than allowed. */
        LENGTH,
        /** A number that is not finite, not a double, or an integer that JavaScript can not hold. */
        NUMBER,
        /** A string holds a lone surrogate or NUL. */
        CHARACTER
    }

    private final Kind kind;

    JsonProblem(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** The sentence for the sender; never null, unlike {@link #getMessage()} by its type. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
