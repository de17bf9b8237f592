package dev.stepgate.gateway.identity;

import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.util.EnumSet;
import java.util.Set;

/** The only maker of principals and of {@link AuthenticatedCall}s. Immutable. */
public final class Authenticator {
    private static final Set<Role> EVERY_ROLE = EnumSet.allOf(Role.class);

    private final boolean allowAnonymous;

    /**
     * @param allowAnonymous whether callers from other machines count as the anonymous principal too; otherwise only
     *     those from this machine do
     */
    public Authenticator(boolean allowAnonymous) {
        this.allowAnonymous = allowAnonymous;
    }

    /**
     * Turns a proof into a principal.
     *
     * @throws NotAdmitted when it proves nothing
     */
    public Principal admit(Proof proof) {
        return switch (proof) {
            case Proof.Peer peer when peer.loopback() -> new Principal("local", EVERY_ROLE, null);
            case Proof.Peer _ when allowAnonymous -> new Principal("anonymous", EVERY_ROLE, null);
            case Proof.Peer _ ->
                throw new NotAdmitted("callers from other machines need an issuer or `--allow-anonymous`");
            case Proof.Capability(EpisodeCapabilities.Grant grant) ->
                new Principal(grant.subject(), Set.of(grant.role()), grant.episode());
        };
    }

    /** Checks that the caller may call tools in this episode at all. */
    public AuthenticatedCall authenticate(IncomingCall incoming) {
        Principal caller = incoming.caller();
        boolean mayCall = caller.has(Role.AGENT) || caller.has(Role.TRAINER);
        if (!mayCall || !caller.mayUse(incoming.episode())) {
            throw Refusal.of(OutcomeClass.POLICY_DENIED, "scope.missing", "this caller may not call tools here");
        }
        return new AuthenticatedCall(incoming);
    }
}
