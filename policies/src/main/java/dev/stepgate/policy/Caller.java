package dev.stepgate.policy;

import java.util.Set;

/**
 * The principal as rules see it.
 *
 * @param subject who it is
 * @param roles its roles, for example {@code agent}
 */
public record Caller(String subject, Set<String> roles) {
    public Caller {
        roles = Set.copyOf(roles);
    }
}
