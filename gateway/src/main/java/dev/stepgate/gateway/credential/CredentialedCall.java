package dev.stepgate.gateway.credential;

import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.gateway.journal.CredentialUse;
import dev.stepgate.tool.Credential;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A call that is ready to leave. Only the {@link CredentialBroker} makes one. */
public final class CredentialedCall {
    private final AuthorizedCall authorized;
    private final Credential credential;
    private final List<CredentialUse> uses;
    private final Supplier<Optional<Credential>> again;

    CredentialedCall(
            AuthorizedCall authorized,
            Credential credential,
            List<CredentialUse> uses,
            Supplier<Optional<Credential>> again) {
        this.authorized = authorized;
        this.credential = credential;
        this.uses = List.copyOf(uses);
        this.again = again;
    }

    public AuthorizedCall authorized() {
        return authorized;
    }

    public Credential credential() {
        return credential;
    }

    /** What it carries, for the journal. */
    public List<CredentialUse> uses() {
        return uses;
    }

    /** Another value, read again because the upstream would not have this one; empty where it is the same. */
    public Optional<Credential> another() {
        return again.get();
    }
}
