package dev.stepgate.policy;

import dev.stepgate.policy.ArgumentCheck.Broken;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One rule, ready to be evaluated. All its parts must hold. */
public record CompiledRule(String id, Who who, List<ArgumentCheck> checks) {
    public CompiledRule {
        checks = List.copyOf(checks);
    }

    /** The first argument that keeps an allow rule from holding, or empty where all constraints clearly hold. */
    Optional<String> brokenBy(Map<String, @Nullable Object> arguments) {
        for (ArgumentCheck check : checks) {
            Optional<Broken> broken = check.check(arguments);
            if (broken.isPresent()) {
                return broken.map(Broken::field);
            }
        }
        return Optional.empty();
    }

    /** Whether a deny rule holds: it does unless a constraint clearly fails, so that no odd spelling slips past it. */
    boolean mayHold(Map<String, @Nullable Object> arguments) {
        return checks.stream()
                .allMatch(check -> check.check(arguments).map(Broken::unclear).orElse(true));
    }
}
