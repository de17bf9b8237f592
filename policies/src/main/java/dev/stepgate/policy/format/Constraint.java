package dev.stepgate.policy.format;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a rule asks of one argument. A constraint other than {@link Absent} holds where the argument is absent. */
public sealed interface Constraint {

    /** The key that it is written under. */
    String key();

    /** What it asks, as an operator reads it: {@code within /workspace}. */
    default String asked() {
        return switch (this) {
            case OneOf one -> "is one of " + one.values();
            case NoneOf none -> "is none of " + none.values();
            case Min min -> "is at least " + min.value().toString();
            case Max max -> "is at most " + max.value().toString();
            case MaxLength max -> "has at most " + max.codePoints() + " characters";
            case MaxItems max -> "has at most " + max.items() + " items";
            case Pattern pattern -> "matches " + pattern.expression();
            case Within within -> "is within " + within.folder();
            case Url url -> "is a URL of " + url.schemes() + " " + url.hosts() + " " + url.ports();
            case Sql _ -> "is read-only SQL";
            case NoLeadingDash _ -> "has no leading dash";
            case Absent _ -> "is absent";
        };
    }

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

    /**
     * An absolute URL of one of these schemes and hosts.
     *
     * @param schemes in lower case
     * @param hosts in lower case; {@code *.x} stands for every name below {@code x}, {@code *} for every name
     * @param ports besides which none is allowed; empty for the scheme's own
     */
    record Url(String key, List<String> schemes, List<String> hosts, List<Integer> ports) implements Constraint {}

    /** One SQL statement that only reads, as a parser sees it. */
    record Sql(String key) implements Constraint {}

    /** A string that no command line would take for an option. */
    record NoLeadingDash(String key) implements Constraint {}

    /** Not there at all. */
    record Absent(String key) implements Constraint {}
}
