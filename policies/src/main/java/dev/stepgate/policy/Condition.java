package dev.stepgate.policy;

/** A rule's {@code when}, compiled. Pure and safe for use by many threads. */
public interface Condition {

    /**
     * Whether it holds. Any exception means that nobody can say: the call is denied.
     *
     * @throws RuntimeException when the expression fails, for example on a value that is out of range
     */
    boolean holds(AccessRequest request);

    /** Whether it reads nothing but the caller and the environment, so that it can be asked before there is a call. */
    boolean knownBeforeTheCall();

    /** Whether it reads what the episode has seen. */
    boolean readsHistory();
}
