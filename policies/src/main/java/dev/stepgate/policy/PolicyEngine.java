package dev.stepgate.policy;

import dev.stepgate.policy.Decision.Allow;
import dev.stepgate.policy.Decision.Deny;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides calls. Pure and total: the same set and request give the same decision, and every failure is a deny. */
public final class PolicyEngine {
    private static final String NOT_ALLOWED = "value not allowed by environment policy";

    /** Decides in the order: is the tool known, do the arguments fit it, does a deny rule hold, does an allow rule. */
    public Decision decide(PolicySet set, AccessRequest request) {
        CompiledTool tool = set.tools().get(request.tool());
        if (tool == null || !tool.isVisibleTo(request.caller())) {
            return new Deny(DenyCode.TOOL_UNKNOWN, List.of(), null, "unknown tool");
        }
        try {
            return decide(tool, request);
        } catch (RuntimeException | StackOverflowError failure) {
            return new Deny(DenyCode.POLICY_ERROR, List.of(), null, "the call could not be checked");
        }
    }

    private static Decision decide(CompiledTool tool, AccessRequest request) {
        Map<String, @Nullable Object> arguments = request.arguments();
        Optional<ArgumentsSchema.Mismatch> mismatch = tool.schema().check(arguments);
        if (mismatch.isPresent()) {
            String field = mismatch.get().field();
            return new Deny(
                    DenyCode.ARGS_SCHEMA,
                    List.of(),
                    field,
                    "expected " + mismatch.get().expected());
        }
        for (CompiledRule rule : tool.deny()) {
            if (rule.who().includes(request.caller()) && rule.mayHold(arguments)) {
                return new Deny(DenyCode.POLICY_DENIED, List.of(rule.id()), null, "not allowed by environment policy");
            }
        }
        @Nullable String field = null;
        for (CompiledRule rule : tool.allow()) {
            if (rule.who().includes(request.caller())) {
                Optional<String> broken = rule.brokenBy(arguments);
                if (broken.isEmpty()) {
                    return new Allow(List.of(rule.id()));
                }
                field = field == null ? broken.get() : field;
            }
        }
        return new Deny(DenyCode.ARGS_CONSTRAINT, List.of(), field, NOT_ALLOWED);
    }
}
