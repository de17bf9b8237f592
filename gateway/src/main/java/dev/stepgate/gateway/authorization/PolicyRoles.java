package dev.stepgate.gateway.authorization;

import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Role;
import java.util.HashSet;
import java.util.Set;

/** The roles of a principal as policies name them: the gateway's own, and those that its issuer gives. Stateless. */
final class PolicyRoles {
    private PolicyRoles() {}

    /** An issuer's role that is called like one of the gateway's own gives nothing: settings say which of them count. */
    static Set<String> of(Principal principal) {
        Set<String> roles = new HashSet<>(principal.issuerRoles());
        for (Role role : Role.values()) {
            if (principal.has(role)) {
                roles.add(role.policyName());
            } else {
                roles.remove(role.policyName());
            }
        }
        return roles;
    }
}
