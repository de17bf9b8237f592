package dev.stepgate.gateway.episode;

import dev.stepgate.policy.EpisodeBudget;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a trainer takes away from an episode when it opens one. It adds to nothing that the policy allows. Immutable.
 *
 * @param tools the visible names that are left, or null for all
 * @param budget what each run may spend at most
 */
public record Narrowing(@Nullable Set<String> tools, EpisodeBudget budget) {
    public static final Narrowing NONE = new Narrowing(null, EpisodeBudget.UNLIMITED);

    public Narrowing {
        tools = tools == null ? null : Set.copyOf(tools);
    }

    /** Whether a tool is left. */
    public boolean leaves(String visibleName) {
        return tools == null || tools.contains(visibleName);
    }
}
