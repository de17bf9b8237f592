package dev.stepgate.gateway.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * On what grounds a call was allowed or refused.
 *
 * @param policy the policy that decided, as {@code name@version}
 * @param digest SHA-256 of its file
 * @param rules the ids of the deciding rules
 * @param shadowed the code under which it would have been refused if its rules were enforced, or null
 */
public record Grounds(
        String policy,
        String digest,
        List<String> rules,
        @Nullable String shadowed) {
    public Grounds {
        rules = List.copyOf(rules);
    }
}
