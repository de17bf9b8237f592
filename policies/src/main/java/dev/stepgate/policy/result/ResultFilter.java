package dev.stepgate.policy.result;

import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Holds the results of one tool to its terms. Immutable and thread-safe. */
public final class ResultFilter {
    private final ResultTerms terms;
    private final Redaction redaction;
    private final @Nullable ToolSchema output;

    private ResultFilter(ResultTerms terms, @Nullable ToolSchema output) {
        this.terms = terms;
        this.redaction = new Redaction(terms);
        this.output = output;
    }

    /**
     * A filter for a tool.
     *
     * @param outputSchema the tool's output schema as JSON text, or null; needed where the terms enforce it
     */
    public static ResultFilter of(ResultTerms terms, @Nullable String outputSchema) {
        try {
            return new ResultFilter(
                    terms, terms.enforceSchema() && outputSchema != null ? ToolSchema.compile(outputSchema) : null);
        } catch (SchemaRefused refused) {
            throw new IllegalArgumentException("the compiler refuses such a schema", refused);
        }
    }

    /** What becomes of a result. */
    public sealed interface Outcome {
        /**
         * It is passed on.
         *
         * @param result the MCP result, with what is withheld taken out
         * @param bytes of it as JSON
         */
        record Passed(Map<String, @Nullable Object> result, long bytes) implements Outcome {}

        /**
         * It is not.
         *
         * @param code {@code result.tooLarge}, {@code result.type} or {@code result.schema}
         * @param agentText one sentence that quotes nothing of the result
         */
        record Refused(String code, String agentText) implements Outcome {}
    }

    /**
     * Holds a result to the terms.
     *
     * @param result the MCP {@code CallToolResult} as plain JSON; not changed
     * @param mostBytes what the episode has left for it
     */
    public Outcome filter(Map<String, @Nullable Object> result, long mostBytes) {
        if (hasOtherType(result)) {
            return new Outcome.Refused("result.type", "the tool answered with a kind of content that is not passed on");
        }
        // What the tool says went wrong has no structure to be held to.
        boolean failed = Boolean.TRUE.equals(result.get("isError"));
        if (terms.enforceSchema() && !failed && !matchesSchema(result.get("structuredContent"))) {
            return new Outcome.Refused("result.schema", "the tool's answer is not of the form it promises");
        }
        Map<String, @Nullable Object> passed = terms.redacts() ? redaction.of(result) : result;
        long bytes = PlainJson.text(passed).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Math.min(terms.maxBytes(), mostBytes)) {
            return new Outcome.Refused("result.tooLarge", "the tool's answer is too large: ask for less");
        }
        return new Outcome.Passed(passed, bytes);
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
        return schema.check(entries).equals(Optional.empty());
    }
}
