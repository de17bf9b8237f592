package dev.stepgate.gateway.authorization;

import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.identity.AuthenticatedCall;
import dev.stepgate.gateway.identity.IncomingCall;
import java.util.List;

/** A call that a policy allowed. Only the {@link PolicyGate} makes one. */
public final class AuthorizedCall {
    private final AuthenticatedCall authenticated;
    private final CatalogEntry tool;
    private final String policy;
    private final List<String> rules;

    AuthorizedCall(AuthenticatedCall authenticated, CatalogEntry tool, String policy, List<String> rules) {
        this.authenticated = authenticated;
        this.tool = tool;
        this.policy = policy;
        this.rules = rules;
    }

    public IncomingCall incoming() {
        return authenticated.incoming();
    }

    public CatalogEntry tool() {
        return tool;
    }

    /** The policy that allowed it, as {@code name@version}. */
    public String policy() {
        return policy;
    }

    /** The ids of the deciding rules. */
    public List<String> rules() {
        return rules;
    }
}
