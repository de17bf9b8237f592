package dev.stepgate.tool;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.Map;

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

    /**
     * Arguments of a call that its agent did not send.
     *
     * @param values by where they go
     * @param beside what else the call carries; no arguments
     */
    record Arguments(Map<JsonPointer, Secret> values, Credential beside) implements Credential {
        public Arguments {
            values = Map.copyOf(values);
        }
    }
}
