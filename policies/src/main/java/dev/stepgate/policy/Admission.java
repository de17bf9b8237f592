package dev.stepgate.policy;

/** A decision, together with what it reserved. */
public sealed interface Admission {

    /** The call may be made; the reservation must be settled or released. */
    record Granted(Decision.Allow allow, Reservation reservation) implements Admission {}

    /** The call may not be made; nothing is reserved. */
    record Denied(Decision.Deny deny) implements Admission {}
}
