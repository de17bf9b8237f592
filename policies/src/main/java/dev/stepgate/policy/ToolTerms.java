package dev.stepgate.policy;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * On what terms an allowed call of a tool is made.
 *
 * @param scopes the OAuth scopes it needs
 * @param limits how often it may be called
 * @param approval who must agree, or null
 * @param result what its answer may be
 * @param labels what its calls carry
 * @param shadow whether what the policy would deny is only recorded; schema and errors deny all the same
 * @param route where it goes and with what
 */
public record ToolTerms(
        Set<String> scopes,
        ToolLimits limits,
        @Nullable ApprovalTerms approval,
        ResultTerms result,
        Set<Label> labels,
        boolean shadow,
        Route route) {
    /** No terms at all. */
    public static final ToolTerms NONE =
            new ToolTerms(Set.of(), ToolLimits.NONE, null, ResultTerms.NONE, Set.of(), false, Route.ITS_OWN);

    public ToolTerms {
        scopes = Set.copyOf(scopes);
        labels = Set.copyOf(labels);
    }

    /**
     * Where a call goes.
     *
     * @param backend the upstream that takes it instead of the tool's own, or null
     * @param credential the reference of the credential that is attached, or null; never a value
     */
    public record Route(@Nullable String backend, @Nullable String credential) {
        public static final Route ITS_OWN = new Route(null, null);
    }
}
