package dev.stepgate.environment;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a step earns, put together as OpenEnv's rubrics are (its RFC 004). A part that has nothing to say of a step gives no
 * score, which is not 0. Immutable.
 */
public sealed interface Rubric {

    /** Adds the policy keys of the tools that it speaks of. */
    void addTools(Set<String> keys);

    /**
     * What the environment itself gave for the step.
     *
     * @param upstream which one, or null for the one that took the call
     */
    record Given(@Nullable String upstream) implements Rubric {
        @Override
        public void addTools(Set<String> keys) {
            // It is the same for all tools.
        }
    }

    /**
     * What a tool's result says: a number or a boolean, or whether it is a certain value. Nothing for other tools and for a
     * result that is an error.
     *
     * @param tool the tool's policy key
     * @param at where in the MCP result it stands
     * @param expected the value that scores 1 where any other scores 0; or null for the number itself
     */
    record Result(String tool, JsonPointer at, @Nullable JsonNode expected) implements Rubric {
        @Override
        public void addTools(Set<String> keys) {
            keys.add(tool);
        }
    }

    /** The sum of parts by their weights, which make 1; a part without a score counts 0 unless none has one. */
    record WeightedSum(List<Part> parts) implements Rubric {
        public WeightedSum {
            parts = List.copyOf(parts);
        }

        @Override
        public void addTools(Set<String> keys) {
            parts.forEach(part -> part.rubric().addTools(keys));
        }
    }

    /** @param weight over 0, at most 1 */
    record Part(double weight, Rubric rubric) {}

    /** The score where it reaches the threshold, 0 below. */
    record Gate(double threshold, Rubric rubric) implements Rubric {
        @Override
        public void addTools(Set<String> keys) {
            rubric.addTools(keys);
        }
    }

    /** One after the other: the first 0 is the score, and so is the first that has none; else the last score is. */
    record Sequence(List<Rubric> rubrics) implements Rubric {
        public Sequence {
            rubrics = List.copyOf(rubrics);
        }

        @Override
        public void addTools(Set<String> keys) {
            rubrics.forEach(rubric -> rubric.addTools(keys));
        }
    }

    /**
     * One score for the whole run, given on its last step; 0 where no step had any.
     *
     * @param score how the scores of the steps become one
     * @param intermediate what every step before the last earns
     * @param discount how much less each step before the last is credited with, over 0 and at most 1
     */
    record Trajectory(Of score, double intermediate, double discount, Rubric rubric) implements Rubric {
        /** How many become one. */
        public enum Of {
            LAST,
            SUM,
            MEAN,
            BEST
        }

        @Override
        public void addTools(Set<String> keys) {
            rubric.addTools(keys);
        }
    }
}
