package dev.stepgate.gateway.credential;

import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.tool.Credential;

/**
 * Chooses the credential for a call by its upstream. Manifests cannot name credentials yet and are refused when they do,
 * so every call leaves without one; the stage stands here so that no upstream can ever be reached around it.
 */
public final class CredentialBroker {
    private static final Credential NONE = new Credential.None();

    public CredentialedCall attach(AuthorizedCall authorized) {
        return new CredentialedCall(authorized, NONE);
    }
}
