package dev.stepgate.tool;

import java.io.Serial;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one expected exception: a call that does not come to an observation, with a reason that may be shown to the caller.
 *
 * <p>The message is one sentence in lower case that names no secret, rule, host, hidden tool or Java type. It carries no
 * stack trace, because it is an answer and not a bug.
 */
public final class Refusal extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The code where an upstream turned a request away unread because it would not have its credential. */
    public static final String UNAUTHORIZED = "upstream.unauthorized";

    private final OutcomeClass outcome;
    private final String code;
    private final @Nullable String field;
    private final boolean unknownTool;
    private final transient Set<String> scopes;

    private Refusal(
            OutcomeClass outcome,
            String code,
            String message,
            @Nullable String field,
            boolean unknownTool,
            Set<String> scopes) {
        super(message, null, false, false);
        this.outcome = outcome;
        this.code = code;
        this.field = field;
        this.unknownTool = unknownTool;
        this.scopes = Set.copyOf(scopes);
    }

    public static Refusal of(OutcomeClass outcome, String code, String message) {
        return new Refusal(outcome, code, message, null, false, Set.of());
    }

    /** A refusal because the caller's token lacks one of these scopes. Faces that can ask for more do so. */
    public static Refusal ofScopes(String code, String message, Set<String> scopes) {
        return new Refusal(OutcomeClass.POLICY_DENIED, code, message, null, false, scopes);
    }

    /** A refusal because of one argument; {@code field} is its JSON pointer (RFC 6901). */
    public static Refusal ofArgument(String code, String message, @Nullable String field) {
        return new Refusal(OutcomeClass.INVALID_ARGUMENTS, code, message, field, false, Set.of());
    }

    /** The same answer for a tool that does not exist and for one that this caller may not know of. */
    public static Refusal unknownTool(String tool) {
        return new Refusal(
                OutcomeClass.POLICY_DENIED, "tool.unknown", "Unknown tool: '" + tool + "'", null, true, Set.of());
    }

    public static Refusal environmentFailed(String message) {
        return of(OutcomeClass.ENV_ERROR, "env_error", message);
    }

    public static Refusal timeout(String message) {
        return of(OutcomeClass.TIMEOUT, "timeout", message);
    }

    /** The same refusal in other words. */
    public Refusal saying(String words) {
        return words.equals(reason()) ? this : new Refusal(outcome, code, words, field, unknownTool, scopes);
    }

    public OutcomeClass outcome() {
        return outcome;
    }

    /** The fine, stable code, for example {@code args.constraint}. */
    public String code() {
        return code;
    }

    /** The JSON pointer of the refused argument, or null. */
    public @Nullable String field() {
        return field;
    }

    public boolean isUnknownTool() {
        return unknownTool;
    }

    /** All scopes that the call needs, where the caller's token lacks one of them; otherwise none. */
    public Set<String> scopes() {
        return scopes;
    }

    /** The sentence for the caller; never null, unlike {@link #getMessage()} by its type. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
