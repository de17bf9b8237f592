package dev.stepgate.policy.format;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a rule asks of one argument. A constraint other than {@link Absent} holds where the argument is absent. */
public sealed interface Constraint {

    /** The key that it is written under. */
    String key();

    /** Equal to one of these plain JSON values; {@code const} is the case of one. */
    record OneOf(String key, List<@Nullable Object> values) implements Constraint {}

    /** Equal to none of these plain JSON values. */
    record NoneOf(String key, List<@Nullable Object> values) implements Constraint {}

    /** A number not below. */
    record Min(String key, BigDecimal value) implements Constraint {}

    /** A number not above. */
    record Max(String key, BigDecimal value) implements Constraint {}

    /** A string of at most so many Unicode code points. */
    record MaxLength(String key, int codePoints) implements Constraint {}

    /** A list of at most so many items. */
    record MaxItems(String key, int items) implements Constraint {}

    /** A string that this RE2 expression matches from end to end. */
    record Pattern(String key, String expression) implements Constraint {}

    /**
     * An absolute path inside a folder, compared segment by segment. Symbolic links are the upstream's and the sandbox's
     * matter: nothing here looks at a file system.
     */
    record Within(String key, String folder) implements Constraint {}

    /** A string that no command line would take for an option. */
    record NoLeadingDash(String key) implements Constraint {}

    /** Not there at all. */
    record Absent(String key) implements Constraint {}
}
