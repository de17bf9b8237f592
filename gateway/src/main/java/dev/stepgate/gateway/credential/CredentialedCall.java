package dev.stepgate.gateway.credential;

import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.tool.Credential;
import java.util.Optional;
import java.util.function.Supplier;

/** A call that is ready to leave. Only the {@link CredentialBroker} makes one. */
public final class CredentialedCall {
    private final AuthorizedCall authorized;
    private final Credential credential;
    private final Supplier<Optional<Credential>> again;

    CredentialedCall(AuthorizedCall authorized, Credential credential, Supplier<Optional<Credential>> again) {
        this.authorized = authorized;
        this.credential = credential;
        this.again = again;
    }

    public AuthorizedCall authorized() {
        return authorized;
    }

    public Credential credential() {
        return credential;
    }

    /** Another value, read again because the upstream would not have this one; empty where it is the same. */
    public Optional<Credential> another() {
        return again.get();
    }
}
