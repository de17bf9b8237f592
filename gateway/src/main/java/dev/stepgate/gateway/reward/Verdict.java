package dev.stepgate.gateway.reward;

/** What a verifier said of a run. */
public sealed interface Verdict {

    /** @param score a finite number */
    record Scored(double score) implements Verdict {}

    /** @param reason why it said nothing that counts, in one sentence */
    record None(String reason) implements Verdict {}
}
