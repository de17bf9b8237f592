package dev.stepgate.policy;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the answers of one tool are held to, compiled once. Immutable and safe for use by many threads. */
public interface ResultCheck {
    /** Passes everything that is not too large. */
    ResultCheck SIZE_ALONE = Outcome::passedUnlessLarger;

    /**
     * Holds a result to the terms of its tool.
     *
     * @param result the MCP {@code CallToolResult} as plain JSON; not changed
     * @param mostBytes what its episode has left for it
     */
    Outcome check(Map<String, @Nullable Object> result, long mostBytes);

    /**
     * What trainers are told beside a result, without what is withheld: an environment's own fields or its metadata.
     *
     * @param fields as plain JSON; not changed
     */
    default Map<String, @Nullable Object> withheld(Map<String, @Nullable Object> fields) {
        return fields;
    }

    /** What becomes of a result. */
    sealed interface Outcome {
        /** A result that is passed on as it is, unless it has more bytes than that. */
        static Outcome passedUnlessLarger(Map<String, @Nullable Object> result, long mostBytes) {
            long bytes = JsonSize.of(result);
            return bytes > mostBytes ? Refused.TOO_LARGE : new Passed(result, bytes);
        }

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
        record Refused(String code, String agentText) implements Outcome {
            /** The one of a result that has too many bytes. */
            public static final Refused TOO_LARGE =
                    new Refused("result.tooLarge", "the tool's answer is too large: ask for less");
        }
    }
}
