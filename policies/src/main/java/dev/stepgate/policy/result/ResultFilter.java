package dev.stepgate.policy.result;

import dev.stepgate.policy.ResultCheck;
import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds the results of one tool to its terms. Immutable and thread-safe. */
public final class ResultFilter implements ResultCheck {
    private final ResultTerms terms;
    private final Redaction redaction;
    private final @Nullable ToolSchema output;

    private ResultFilter(ResultTerms terms, @Nullable ToolSchema output) {
        this.terms = terms;
        this.redaction = new Redaction(terms);
        this.output = output;
    }

    /**
     * The check that a tool's terms ask for.
     *
     * @param outputSchema the tool's output schema as JSON text, or null; where it is missing and enforced nothing passes
     * @throws SchemaRefused when the schema is enforced and not admitted
     */
    public static ResultCheck of(ResultTerms terms, @Nullable String outputSchema) throws SchemaRefused {
        if (terms.equals(ResultTerms.NONE)) {
            return SIZE_ALONE;
        }
        return new ResultFilter(
                terms, terms.enforceSchema() && outputSchema != null ? ToolSchema.compile(outputSchema) : null);
    }

    @Override
    public Outcome check(Map<String, @Nullable Object> result, long mostBytes) {
        if (hasOtherType(result)) {
            return new Outcome.Refused("result.type", "the tool answered with a kind of content that is not passed on");
        }
        // What the tool says went wrong has no structure to be held to.
        boolean failed = Boolean.TRUE.equals(result.get("isError"));
        if (terms.enforceSchema() && !failed && !matchesSchema(result.get("structuredContent"))) {
            return new Outcome.Refused("result.schema", "the tool's answer is not of the form it promises");
        }
        Map<String, @Nullable Object> passed = terms.redacts() ? redaction.of(result) : result;
        return Outcome.passedUnlessLarger(passed, Math.min(terms.maxBytes(), mostBytes));
    }

    @Override
    public Map<String, @Nullable Object> withheld(Map<String, @Nullable Object> fields) {
        return terms.redacts() ? redaction.ofObservation(fields) : fields;
    }

    private boolean hasOtherType(Map<String, @Nullable Object> result) {
        return !terms.types().isEmpty()
                && result.get("content") instanceof List<?> items
                && items.stream()
                        .anyMatch(item -> !(item instanceof Map<?, ?> map)
                                || !(map.get("type") instanceof String type)
                                || !terms.types().contains(type));
    }

    private boolean matchesSchema(@Nullable Object structured) {
        ToolSchema schema = output;
        if (schema == null || !(structured instanceof Map<?, ?> map)) {
            return false;
        }
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        map.forEach((key, value) -> entries.put(String.valueOf(key), value));
        return schema.check(entries).isEmpty();
    }
}
