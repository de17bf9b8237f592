package dev.stepgate.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One rule, ready to be evaluated. All its parts must hold. */
public record CompiledRule(String id, Who who, List<ArgumentCheck> checks) {
    public CompiledRule {
        checks = List.copyOf(checks);
    }

    /** The first argument that keeps the rule from holding, or empty where all constraints hold. */
    Optional<String> brokenBy(Map<String, @Nullable Object> arguments) {
        for (ArgumentCheck check : checks) {
            Optional<String> broken = check.brokenBy(arguments);
            if (broken.isPresent()) {
                return broken;
            }
        }
        return Optional.empty();
    }
}
