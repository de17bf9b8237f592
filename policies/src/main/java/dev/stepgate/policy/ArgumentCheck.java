package dev.stepgate.policy;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One compiled constraint. Pure, total and safe for use by many threads. */
@FunctionalInterface
public interface ArgumentCheck {

    /** The JSON pointer of the first argument that breaks the constraint, or empty where it holds. */
    Optional<String> brokenBy(Map<String, @Nullable Object> arguments);
}
