package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.identity.token.VerifiedToken;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who a caller proved to be. Only the {@link Authenticator} makes one. Immutable. */
public final class Principal {
    private final String key;
    private final String subject;
    private final Set<Role> roles;
    private final Set<Right> rights;
    private final Predicate<String> environments;
    private final @Nullable Episode boundTo;
    private final @Nullable VerifiedToken token;

    private Principal(
            String key,
            String subject,
            Set<Role> roles,
            Set<Right> rights,
            Predicate<String> environments,
            @Nullable Episode boundTo,
            @Nullable VerifiedToken token) {
        this.key = key;
        this.subject = subject;
        this.roles = Set.copyOf(roles);
        this.rights = Set.copyOf(rights);
        this.environments = environments;
        this.boundTo = boundTo;
        this.token = token;
    }

    /** Whoever comes without proof where that is allowed. */
    static Principal unproven(String name) {
        return new Principal(name, name, Set.of(Role.values()), Set.of(Right.values()), _ -> true, null, null);
    }

    /** Whoever holds the capability of one face of one episode. */
    static Principal holder(EpisodeCapabilities.Grant grant) {
        String subject = grant.subject();
        return new Principal(
                subject,
                subject,
                Set.of(grant.role()),
                Right.of(grant.role()),
                grant.episode().environment()::equals,
                grant.episode(),
                null);
    }

    /** Whom a token speaks of; the issuer is part of the key, because two may give the same subject. */
    static Principal of(VerifiedToken token, Grants grants, Resources resources) {
        return new Principal(
                token.issuer() + " " + token.subject(),
                token.subject(),
                grants.roles(token),
                grants.rights(token),
                environment -> resources.reach(token.audiences(), environment),
                null,
                token);
    }

    /** The name in journal and policies. */
    public String subject() {
        return subject;
    }

    /** Under what episodes, sessions and handles of this principal are kept, so that no other principal finds them. */
    public String key() {
        return key;
    }

    public Set<Role> roles() {
        return roles;
    }

    /** The token's issuer; empty for a principal without a token. */
    public Optional<String> issuer() {
        return Optional.ofNullable(token).map(VerifiedToken::issuer);
    }

    /** The client that the token was given to. */
    public Optional<String> client() {
        return Optional.ofNullable(token).map(VerifiedToken::client);
    }

    /** The token's scopes; none without a token. */
    public Set<String> scopes() {
        return token == null ? Set.of() : token.scopes();
    }

    /** The roles that the token names, as its issuer calls them; policies may ask for them. None without a token. */
    public Set<String> issuerRoles() {
        return token == null ? Set.of() : token.roles();
    }

    /** All claims of the token, as plain JSON; policies may ask for them. None without a token. */
    public Map<String, @Nullable Object> claims() {
        return token == null ? Map.of() : token.claims();
    }

    public boolean has(Role role) {
        return roles.contains(role);
    }

    /** Whether this principal may know of an environment. What it may do there is asked of the {@link Authenticator}. */
    public boolean mayEnter(String environment) {
        return environments.test(environment);
    }

    /** Whether this principal may act on an episode: its own, or the one its capability or its token names. */
    public boolean mayUse(Episode episode) {
        Episode only = boundTo;
        if (only != null) {
            return only == episode;
        }
        String named = token == null ? null : token.episode();
        return episode.owner().equals(key)
                && mayEnter(episode.environment())
                && (named == null || named.equals(episode.id()) || named.equals(episode.key()));
    }

    boolean hasRight(Right right) {
        return rights.contains(right);
    }

    boolean hasEnded(Instant now) {
        return token != null && !now.isBefore(token.expiresAt());
    }
}
