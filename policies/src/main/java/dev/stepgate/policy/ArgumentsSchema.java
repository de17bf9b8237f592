package dev.stepgate.policy;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A tool's own input schema. Safe for use by many threads. */
public interface ArgumentsSchema {

    /** The first mismatch, or empty where the arguments fit. */
    Optional<Mismatch> check(Map<String, @Nullable Object> arguments);

    /**
     * Arguments that do not fit.
     *
     * @param field the JSON pointer of the argument
     * @param expected what the schema asks for there, in one phrase that quotes nothing of the arguments
     */
    record Mismatch(String field, String expected) {}
}
