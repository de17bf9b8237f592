package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.identity.NotAdmitted.Why;
import dev.stepgate.gateway.identity.token.KeysUnavailable;
import dev.stepgate.gateway.identity.token.TokenRefused;
import dev.stepgate.gateway.identity.token.TokenVerifier;
import dev.stepgate.gateway.identity.token.VerifiedToken;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The only maker of principals and of {@link AuthenticatedCall}s, and the only judge of what a principal may do: every route
 * and every method asks {@link #decide}. Safe for use by many threads.
 */
public final class Authenticator {
    private static final String SCHEME = "bearer ";

    private final boolean allowAnonymous;
    private final @Nullable TokenVerifier tokens;
    private final Grants grants;
    private final Resources resources;
    private final Decisions decisions = new Decisions();

    /**
     * @param allowAnonymous without an issuer: whether callers from other machines count as the anonymous principal too;
     *     otherwise only those from this machine do
     * @param tokens verifies tokens, or null where no issuer is configured; with one, nobody is let in without a token
     */
    public Authenticator(boolean allowAnonymous, @Nullable TokenVerifier tokens, Grants grants, Resources resources) {
        this.allowAnonymous = allowAnonymous;
        this.tokens = tokens;
        this.grants = grants;
        this.resources = resources;
    }

    /** How often each right was given and refused. */
    public Decisions decisions() {
        return decisions;
    }

    /** Finds a token that was verified a moment ago, which is no work: an event loop may ask. Other proofs stay what they are. */
    public Proof recognise(Proof proof) {
        TokenVerifier verifier = tokens;
        if (verifier == null
                || !(proof instanceof Proof.Authorization(String credentials, boolean _))
                || !isBearer(credentials)) {
            return proof;
        }
        Optional<VerifiedToken> known = verifier.known(token(credentials));
        return known.isPresent() ? new Proof.Recognised(known.get()) : proof;
    }

    /** Whether a proof is judged without waiting and without much work. */
    public boolean isQuick(Proof proof) {
        return tokens == null
                || !(proof instanceof Proof.Authorization(String credentials, boolean _))
                || !isBearer(credentials)
                || !TokenVerifier.hasForm(token(credentials));
    }

    /**
     * Turns a proof into a principal that may do something with a resource. May block while keys are fetched.
     *
     * @throws NotAdmitted when it may not
     */
    public Principal admit(Proof proof, Resource resource, Right right) {
        try {
            Principal principal = prove(proof, resource, right);
            require(principal, right);
            return principal;
        } catch (NotAdmitted refused) {
            if (!(refused.why() instanceof Why.MissingScope)) {
                decisions.count(right, Decision.NO_PRINCIPAL);
            }
            throw refused;
        }
    }

    /**
     * Checks that a principal may do more than it was admitted for.
     *
     * @throws NotAdmitted when it may not
     */
    public void require(Principal principal, Right right) {
        switch (decide(principal, right)) {
            case ALLOWED -> {}
            case ENDED -> throw new NotAdmitted(new Why.InvalidToken(grants.scopesFor(right)));
            case NO_RIGHT, NO_PRINCIPAL -> throw new NotAdmitted(new Why.MissingScope(grants.scopesFor(right)));
        }
    }

    /** The same question where the answer has a form of its own. */
    public boolean allows(Principal principal, Right right) {
        return decide(principal, right) == Decision.ALLOWED;
    }

    /**
     * What to tell a caller whose call a policy wants further scopes for: all that the call needs, so that one visit to the
     * issuer is enough.
     */
    public NotAdmitted lacking(Set<String> scopes) {
        Set<String> all =
                new LinkedHashSet<>(List.of(grants.scopesFor(Right.CALL_TOOLS).split(" ")));
        all.addAll(new TreeSet<>(scopes));
        return new NotAdmitted(new Why.MissingScope(String.join(" ", all)));
    }

    /** Checks that the caller may call tools in this episode at all. */
    public AuthenticatedCall authenticate(IncomingCall incoming) {
        Principal caller = incoming.caller();
        if (!allows(caller, Right.CALL_TOOLS) || !caller.mayUse(incoming.episode())) {
            throw Refusal.of(OutcomeClass.POLICY_DENIED, "scope.missing", "this caller may not call tools here");
        }
        return new AuthenticatedCall(incoming);
    }

    /** The one function that decides. A token may end while its session or socket goes on. */
    private Decision decide(Principal principal, Right right) {
        Decision decision;
        if (tokens != null && principal.hasEnded(tokens.now())) {
            decision = Decision.ENDED;
        } else {
            decision = principal.hasRight(right) ? Decision.ALLOWED : Decision.NO_RIGHT;
        }
        decisions.count(right, decision);
        return decision;
    }

    private Principal prove(Proof proof, Resource resource, Right right) {
        TokenVerifier verifier = tokens;
        return switch (proof) {
            case Proof.Capability(EpisodeCapabilities.Grant grant) -> Principal.holder(grant);
            case Proof.Unclear _ -> throw new NotAdmitted(new Why.InvalidRequest());
            case Proof.Recognised recognised ->
                Principal.of(meant(recognised.token(), resource, right), grants, resources);
            case Proof.Peer(boolean loopback) when verifier == null -> withoutProof(loopback);
            case Proof.Authorization(String _, boolean loopback) when verifier == null -> withoutProof(loopback);
            case Proof.Peer _ -> throw new NotAdmitted(new Why.NoToken(grants.scopesFor(right)));
            case Proof.Authorization(String credentials, boolean _) ->
                Principal.of(verified(verifier, credentials, resource, right), grants, resources);
        };
    }

    private VerifiedToken verified(TokenVerifier verifier, String credentials, Resource resource, Right right) {
        if (!isBearer(credentials)) {
            throw invalid(right);
        }
        try {
            return meant(verifier.verify(token(credentials)), resource, right);
        } catch (TokenRefused refused) {
            throw invalid(right);
        } catch (KeysUnavailable unavailable) {
            throw new NotAdmitted(new Why.KeysUnavailable(unavailable.retryAfter()));
        }
    }

    /** A good token for another resource is told what a bad one is. */
    private VerifiedToken meant(VerifiedToken token, Resource resource, Right right) {
        if (!resource.isMeantBy(token, resources)) {
            throw invalid(right);
        }
        return token;
    }

    private NotAdmitted invalid(Right right) {
        return new NotAdmitted(new Why.InvalidToken(grants.scopesFor(right)));
    }

    private Principal withoutProof(boolean loopback) {
        if (!loopback && !allowAnonymous) {
            throw new NotAdmitted(new Why.ForeignPeer());
        }
        return Principal.unproven(loopback ? "local" : "anonymous");
    }

    /** The scheme's case does not matter (RFC 9110, section 11.1); exactly one space follows it. */
    private static boolean isBearer(String credentials) {
        return credentials.length() > SCHEME.length()
                && credentials
                        .substring(0, SCHEME.length())
                        .toLowerCase(Locale.ROOT)
                        .equals(SCHEME);
    }

    private static String token(String credentials) {
        return credentials.substring(SCHEME.length());
    }
}
