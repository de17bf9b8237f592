package dev.stepgate.policy;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One compiled constraint. Pure, total and safe for use by many threads. */
@FunctionalInterface
public interface ArgumentCheck {

    /** The first argument for which the constraint does not clearly hold, or empty where it holds for all. */
    Optional<Broken> check(Map<String, @Nullable Object> arguments);

    /**
     * An argument for which a constraint does not hold.
     *
     * @param field its JSON pointer
     * @param unclear whether two readers could differ on it: a value of another type, a path in an odd spelling. An allow
     *     rule does not hold then, and a deny rule does.
     */
    record Broken(String field, boolean unclear) {}

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
