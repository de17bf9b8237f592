package dev.stepgate.policy;

import java.util.Collections;
import java.util.Set;

/**
 * Whom a rule speaks of. An empty set asks for nothing; all non-empty ones must hold.
 *
 * @param roles at least one of which the caller has
 * @param subjects one of which the caller is
 */
public record Who(Set<String> roles, Set<String> subjects) {
    public static final Who ANYONE = new Who(Set.of(), Set.of());

    public Who {
        roles = Set.copyOf(roles);
        subjects = Set.copyOf(subjects);
    }

    boolean includes(Caller caller) {
        return (roles.isEmpty() || !Collections.disjoint(roles, caller.roles()))
                && (subjects.isEmpty() || subjects.contains(caller.subject()));
    }
}
