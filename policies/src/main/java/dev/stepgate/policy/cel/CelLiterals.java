package dev.stepgate.policy.cel;

import dev.stepgate.policy.path.PathWithin;
import dev.stepgate.policy.regex.BoundedPattern;
import java.util.HashMap;
import java.util.Map;

/**
 * The expressions and folders that stand in quotes in the conditions over one shape, compiled once. Complete before any
 * condition runs; then only read.
 */
final class CelLiterals {
    private final Map<String, BoundedPattern> patterns = new HashMap<>();
    private final Map<String, PathWithin> folders = new HashMap<>();

    /** @throws IllegalArgumentException with one sentence when it is no RE2 expression or too large */
    void addPattern(String expression) {
        patterns.put(expression, BoundedPattern.compile(expression));
    }

    /** @throws IllegalArgumentException with one sentence when it is no absolute folder */
    void addFolder(String folder) {
        folders.put(folder, compiled(folder));
    }

    BoundedPattern pattern(String expression) {
        BoundedPattern pattern = patterns.get(expression);
        if (pattern == null) {
            throw new IllegalStateException("an expression was not compiled");
        }
        return pattern;
    }

    /** A folder; one that a condition computes is compiled each time. */
    PathWithin folder(String folder) {
        PathWithin known = folders.get(folder);
        return known == null ? compiled(folder) : known;
    }

    private static PathWithin compiled(String folder) {
        if (!PathWithin.isFolder(folder)) {
            throw new IllegalArgumentException("`" + folder + "` is no absolute folder");
        }
        return PathWithin.folder(folder);
    }
}
