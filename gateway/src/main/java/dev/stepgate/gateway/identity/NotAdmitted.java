package dev.stepgate.gateway.identity;

import java.io.Serial;
import java.time.Duration;

/** A caller that is not let in, or not to this. An expected answer, so it carries no stack trace. */
public final class NotAdmitted extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient Why why;

    /** Why, as far as the caller is told. */
    public sealed interface Why {
        /** It showed nothing, and must. */
        record NoToken(String scopes) implements Why {}

        /** Its token does not hold, whatever the reason: all are told the same. */
        record InvalidToken(String scopes) implements Why {}

        /** It showed credentials in a way that may be read in two. */
        record InvalidRequest() implements Why {}

        /** Its token is good, but for less than this. */
        record MissingScope(String scopes) implements Why {}

        /** Nothing can be said of its token now. */
        record KeysUnavailable(Duration retryAfter) implements Why {}

        /** It comes from another machine, and nothing it could show would count. */
        record ForeignPeer() implements Why {}
    }

    NotAdmitted(Why why) {
        super(sentence(why), null, false, false);
        this.why = why;
    }

    public Why why() {
        return why;
    }

    /** The sentence for the caller. */
    public String sentence() {
        return String.valueOf(getMessage());
    }

    private static String sentence(Why why) {
        return switch (why) {
            case Why.NoToken _ -> "this needs an access token";
            case Why.InvalidToken _ -> "the access token is not valid here";
            case Why.InvalidRequest _ -> "a token is sent once, in the Authorization header";
            case Why.MissingScope _ -> "the access token lacks a scope that this needs";
            case Why.KeysUnavailable _ -> "tokens cannot be verified at the moment";
            case Why.ForeignPeer _ -> "callers from other machines need an issuer or `--allow-anonymous`";
        };
    }
}
