package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.episode.Episode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who a caller proved to be. Only the {@link Authenticator} makes one. */
public final class Principal {
    private final String subject;
    private final Set<Role> roles;
    private final @Nullable Episode boundTo;

    Principal(String subject, Set<Role> roles, @Nullable Episode boundTo) {
        this.subject = subject;
        this.roles = Set.copyOf(roles);
        this.boundTo = boundTo;
    }

    /** The name in journal and policies. */
    public String subject() {
        return subject;
    }

    /** Under what episodes, sessions and handles of this principal are kept, so that no other principal finds them. */
    public String key() {
        return subject;
    }

    public Set<Role> roles() {
        return roles;
    }

    public boolean has(Role role) {
        return roles.contains(role);
    }

    /** Whether this principal may act on an episode: its own, or the one its capability names. */
    public boolean mayUse(Episode episode) {
        Episode only = boundTo;
        return only == null ? episode.owner().equals(key()) : only == episode;
    }
}
