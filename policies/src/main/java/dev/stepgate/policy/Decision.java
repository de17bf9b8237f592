package dev.stepgate.policy;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a policy says of one call. */
public sealed interface Decision {

    /** The ids of the rules that decided; for the journal and the operator, never for the agent. */
    List<String> decidingRules();

    /**
     * The call may be made, on terms.
     *
     * @param approval who must agree first, or null
     * @param shadowed what the policy would have denied it for if it were enforced, or null
     */
    record Allow(
            List<String> decidingRules,
            ToolTerms terms,
            @Nullable ApprovalTerms approval,
            @Nullable DenyCode shadowed) implements Decision {

        public Allow(List<String> decidingRules) {
            this(decidingRules, ToolTerms.NONE, null, null);
        }
    }

    /**
     * The call may not be made.
     *
     * @param field the JSON pointer of the argument it was denied for, or null
     * @param agentText one sentence that names no rule, pattern, hidden tool or other caller
     * @param scopes all scopes that the call needs, where one of them is missing
     */
    record Deny(
            DenyCode code,
            List<String> decidingRules,
            @Nullable String field,
            String agentText,
            Set<String> scopes) implements Decision {

        public Deny(DenyCode code, List<String> decidingRules, @Nullable String field, String agentText) {
            this(code, decidingRules, field, agentText, Set.of());
        }

        static Deny of(DenyCode code, String agentText) {
            return new Deny(code, List.of(), null, agentText);
        }
    }
}
