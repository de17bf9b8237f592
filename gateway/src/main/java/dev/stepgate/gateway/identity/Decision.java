package dev.stepgate.gateway.identity;

/** What was decided of a principal and a right. */
public enum Decision {
    /** It may. */
    ALLOWED,
    /** Its roles do not have the right. */
    NO_RIGHT,
    /** Its token has ended since it came in. */
    ENDED,
    /** There is no principal: nothing was proved. */
    NO_PRINCIPAL
}
