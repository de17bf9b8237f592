package dev.stepgate.gateway.identity.token;

import java.io.Serial;

/** A token that proves nothing. An expected answer, so it carries no stack trace; callers are never told why. */
public final class TokenRefused extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final Reason reason;

    /** What was wrong, for metrics and tests. */
    public enum Reason {
        /** Not three parts of plain base64url with JSON objects in them, or too long. */
        MALFORMED,
        /** The header asks for something that is not done here. */
        HEADER,
        /** The algorithm is not one of the issuer's. */
        ALGORITHM,
        /** The token is of another type than an access token. */
        TYPE,
        /** Nobody configured this issuer. */
        ISSUER,
        /** The issuer has no such key. */
        KEY,
        /** The signature is not the key's. */
        SIGNATURE,
        /** It has ended, has not begun, or lives longer than is allowed. */
        TIME,
        /** A claim is missing or of the wrong form. */
        CLAIMS
    }

    TokenRefused(Reason reason) {
        super(reason.name(), null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
