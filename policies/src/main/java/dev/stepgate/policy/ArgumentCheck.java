package dev.stepgate.policy;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One compiled constraint. Pure, total and safe for use by many threads.
 *
 * <p>It is asked in two ways, because a value can be unclear: of another type than was thought of, or in a spelling that two
 * readers take differently. An allow rule must hold clearly; a deny rule must fail clearly not to hold.
 */
@FunctionalInterface
public interface ArgumentCheck {

    /** The JSON pointer of the first argument for which it does not clearly hold, or empty where it holds for all. */
    Optional<String> brokenBy(Map<String, @Nullable Object> arguments);

    /** Whether it may hold for any of the values it speaks of; it does for an argument that is not there. */
    default boolean mayHold(Map<String, @Nullable Object> arguments) {
        return brokenBy(arguments).isEmpty();
    }

    /** What it asks, for the operator: {@code path within: /workspace}. */
    default String describe() {
        return "a constraint";
    }

    /** What a constraint says of one value. */
    enum Verdict {
        HOLDS,
        FAILS,
        UNCLEAR;

        public static Verdict of(boolean holds) {
            return holds ? HOLDS : FAILS;
        }
    }
}
