package dev.stepgate.gateway.journal;

/** What becomes of records. All but {@link #CHAINED} is for measuring what a journal costs, and refused in production. */
public enum Records {
    /** Kept, each with its place in the chain of its file, and signed by {@link Checkpoints}. */
    CHAINED,
    /** Kept, with nothing that shows whether they were changed. */
    PLAIN,
    /** Not kept: no trajectory, nothing to play again. */
    NONE
}
