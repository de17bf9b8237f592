package dev.stepgate.environment;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.environment.Upstream.Packages;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a step earns, put together as OpenEnv's rubrics are (its RFC 004). A part that has nothing to say of a step gives no
 * score, which is not 0. Immutable.
 */
public sealed interface Rubric {

    /** What it is put together of, one level deep. */
    default List<Rubric> inner() {
        return List.of();
    }

    /** Itself and all that it is put together of. */
    default Stream<Rubric> all() {
        return Stream.concat(Stream.of(this), inner().stream().flatMap(Rubric::all));
    }

    /**
     * What the environment itself gave for the step.
     *
     * @param upstream which one, or null for the one that took the call
     */
    record Given(@Nullable String upstream) implements Rubric {}

    /**
     * What a tool's result says: a number or a boolean, or whether it is a certain value. Nothing for other tools and for a
     * result that is an error.
     *
     * @param tool the tool's policy key
     * @param at where in the MCP result it stands
     * @param expected the value that scores 1 where any other scores 0; or null for the number itself
     */
    record Result(String tool, JsonPointer at, @Nullable JsonNode expected) implements Rubric {}

    /**
     * What a program says at the end of a run, from which it is kept apart: a sandbox of its own, which begins with a copy of a
     * workspace. Nothing before the last step.
     *
     * @param workspace the started upstream whose workspace is copied
     * @param command a program, looked up on the gateway's PATH
     * @param args its arguments, with the words of {@link Upstream.Stdio}
     * @param env its environment variables, with the same words
     * @param packages files it needs, mounted read-only; or null
     * @param timeout how long copy and program may take together, at most {@link #MOST_SECONDS}
     */
    record Verifier(
            String workspace,
            String command,
            List<String> args,
            Map<String, String> env,
            @Nullable Packages packages,
            Duration timeout)
            implements Rubric {
        /** Less than what a step may take: the last one is answered with the verdict. */
        public static final int MOST_SECONDS = 50;

        public Verifier {
            args = List.copyOf(args);
            env = Map.copyOf(env);
        }
    }

    /** The sum of parts by their weights, which make 1; a part without a score counts 0 unless none has one. */
    record WeightedSum(List<Part> parts) implements Rubric {
        public WeightedSum {
            parts = List.copyOf(parts);
        }

        @Override
        public List<Rubric> inner() {
            return parts.stream().map(Part::rubric).toList();
        }
    }

    /** @param weight over 0, at most 1 */
    record Part(double weight, Rubric rubric) {}

    /** The score where it reaches the threshold, 0 below. */
    record Gate(double threshold, Rubric rubric) implements Rubric {
        @Override
        public List<Rubric> inner() {
            return List.of(rubric);
        }
    }

    /** One after the other: the first 0 is the score, and so is the first that has none; else the last score is. */
    record Sequence(List<Rubric> rubrics) implements Rubric {
        public Sequence {
            rubrics = List.copyOf(rubrics);
        }

        @Override
        public List<Rubric> inner() {
            return rubrics;
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
        public List<Rubric> inner() {
            return List.of(rubric);
        }
    }
}
