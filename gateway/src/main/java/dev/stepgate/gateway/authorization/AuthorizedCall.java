package dev.stepgate.gateway.authorization;

import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.identity.AuthenticatedCall;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.policy.Reservation;
import dev.stepgate.policy.ResultCheck;
import dev.stepgate.policy.ToolTerms;

/** A call that a policy allowed, on terms. Only the {@link PolicyGate} makes one; whoever asked for it ends it. */
public final class AuthorizedCall {
    private final AuthenticatedCall authenticated;
    private final CatalogEntry tool;
    private final ToolTerms terms;
    private final ResultCheck results;
    private final Reservation reservation;

    /** @param results what its answer is held to, by the policy that allowed it, whatever is reloaded meanwhile */
    AuthorizedCall(
            AuthenticatedCall authenticated,
            CatalogEntry tool,
            ToolTerms terms,
            ResultCheck results,
            Reservation reservation) {
        this.authenticated = authenticated;
        this.tool = tool;
        this.terms = terms;
        this.results = results;
        this.reservation = reservation;
    }

    public IncomingCall incoming() {
        return authenticated.incoming();
    }

    public CatalogEntry tool() {
        return tool;
    }

    /** The upstream that takes it: the tool's own, unless the policy names another for this mode. */
    public String upstream() {
        String backend = terms.route().backend();
        return backend == null ? tool.upstream() : backend;
    }

    /** Whether something may be taken out of its result, so that nothing may pass beside it. */
    public boolean isRedacted() {
        return terms.result().redacts();
    }

    ToolTerms terms() {
        return terms;
    }

    ResultCheck results() {
        return results;
    }

    Reservation reservation() {
        return reservation;
    }

    /**
     * Ends the call, unless its result has already been counted.
     *
     * @param left whether it left for its tool; a call that did not is given back what it took
     */
    public void end(boolean left) {
        if (left) {
            reservation.settle(0);
        } else {
            reservation.release();
        }
    }
}
