package dev.stepgate.policy;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The principal as rules see it.
 *
 * @param subject who it is
 * @param roles its roles, for example {@code agent}
 * @param client the client it calls through; empty where none is known
 * @param issuer who vouches for it; empty for a principal of the gateway's own
 * @param scopes the OAuth scopes it holds
 * @param claims what else its issuer says of it, as plain JSON
 */
public record Caller(
        String subject,
        Set<String> roles,
        String client,
        String issuer,
        Set<String> scopes,
        Map<String, @Nullable Object> claims) {
    /** In {@link #scopes()}, every scope: what a principal holds that no issuer vouches for. */
    public static final String EVERY_SCOPE = "*";

    public Caller {
        roles = Set.copyOf(roles);
        scopes = Set.copyOf(scopes);
    }

    /** A principal without client, issuer, scopes and claims. */
    public Caller(String subject, Set<String> roles) {
        this(subject, roles, "", "", Set.of(), Map.of());
    }

    /** The same with what else its issuer says of it. */
    public Caller claiming(Map<String, @Nullable Object> more) {
        return new Caller(subject, roles, client, issuer, scopes, more);
    }

    boolean holds(Set<String> asked) {
        return scopes.containsAll(asked) || scopes.contains(EVERY_SCOPE);
    }
}
