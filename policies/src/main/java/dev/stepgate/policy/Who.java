package dev.stepgate.policy;

import java.util.Collections;
import java.util.Set;

/**
 * Whom a rule speaks of. An empty set asks for nothing; all non-empty ones must hold. Strings are compared exactly.
 *
 * @param roles at least one of which the caller has
 * @param subjects one of which the caller is
 * @param clients one of which it calls through
 * @param issuers one of which vouches for it
 */
public record Who(Set<String> roles, Set<String> subjects, Set<String> clients, Set<String> issuers) {
    public static final Who ANYONE = new Who(Set.of(), Set.of());

    public Who {
        roles = Set.copyOf(roles);
        subjects = Set.copyOf(subjects);
        clients = Set.copyOf(clients);
        issuers = Set.copyOf(issuers);
    }

    public Who(Set<String> roles, Set<String> subjects) {
        this(roles, subjects, Set.of(), Set.of());
    }

    /** Whether the rule speaks of this caller. */
    public boolean includes(Caller caller) {
        return (roles.isEmpty() || !Collections.disjoint(roles, caller.roles()))
                && (subjects.isEmpty() || subjects.contains(caller.subject()))
                && (clients.isEmpty() || clients.contains(caller.client()))
                && (issuers.isEmpty() || issuers.contains(caller.issuer()));
    }

    /** Whether it speaks of everybody of whom the other speaks. */
    public boolean covers(Who other) {
        return covers(roles, other.roles)
                && covers(subjects, other.subjects)
                && covers(clients, other.clients)
                && covers(issuers, other.issuers);
    }

    private static boolean covers(Set<String> mine, Set<String> other) {
        return mine.isEmpty() || (!other.isEmpty() && mine.containsAll(other));
    }
}
