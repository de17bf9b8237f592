package dev.stepgate.gateway.authorization;

import dev.stepgate.gateway.identity.Authenticator;
import dev.stepgate.gateway.identity.Grants;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Proof;
import dev.stepgate.gateway.identity.Resources;
import dev.stepgate.gateway.identity.Right;
import java.util.Map;

/** The two principals of a gateway without an issuer. */
final class Callers {
    private static final Resources RESOURCES = new Resources("http://127.0.0.1:8000", null);
    private static final Authenticator AUTHENTICATOR = new Authenticator(
            true,
            null,
            new Grants(new Grants.ScopeNames("list", "call", "episodes", "observe", "operate"), Map.of()),
            RESOURCES);

    private Callers() {}

    static Authenticator authenticator() {
        return AUTHENTICATOR;
    }

    /** One from this machine. */
    static Principal local() {
        return AUTHENTICATOR.admit(new Proof.Peer(true), RESOURCES.catalogue(), Right.SEE);
    }

    /** One from another machine. */
    static Principal anonymous() {
        return AUTHENTICATOR.admit(new Proof.Peer(false), RESOURCES.catalogue(), Right.SEE);
    }
}
