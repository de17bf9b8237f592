package dev.stepgate.gateway.credential;

import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.tool.Credential;

/** A call that is ready to leave. Only the {@link CredentialBroker} makes one. */
public final class CredentialedCall {
    private final AuthorizedCall authorized;
    private final Credential credential;

    CredentialedCall(AuthorizedCall authorized, Credential credential) {
        this.authorized = authorized;
        this.credential = credential;
    }

    public AuthorizedCall authorized() {
        return authorized;
    }

    public Credential credential() {
        return credential;
    }
}
