package dev.stepgate.tool;

/** What the gateway attaches to a call on its way out. Neither the agent nor the sandbox ever sees it. */
public sealed interface Credential {

    /** The upstream needs none. */
    record None() implements Credential {}

    /**
     * A header for an HTTP upstream.
     *
     * @param name the field name, for example {@code Authorization}
     * @param value the whole field value
     */
    record Header(String name, Secret value) implements Credential {}
}
