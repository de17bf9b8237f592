package dev.stepgate.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a policy says of one call. */
public sealed interface Decision {

    /** The ids of the rules that decided; for the journal and the operator, never for the agent. */
    List<String> decidingRules();

    /** The call may be made. */
    record Allow(List<String> decidingRules) implements Decision {}

    /**
     * The call may not be made.
     *
     * @param field the JSON pointer of the argument it was denied for, or null
     * @param agentText one sentence that names no rule, pattern, hidden tool or other caller
     */
    record Deny(
            DenyCode code,
            List<String> decidingRules,
            @Nullable String field,
            String agentText) implements Decision {}
}
