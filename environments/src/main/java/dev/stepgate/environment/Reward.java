package dev.stepgate.environment;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the rewards of an environment are computed: what the rubric gives for a step, less what the step costs. Immutable.
 *
 * @param mode what the number on a step says
 * @param lowest the least that the rubric may come to at a step
 * @param highest the most; what lies outside, or is no number, is no reward
 * @param cumulative the upstream whose own rewards are sums so far instead of what one step earned; none or one
 * @param rubric what a step earns
 * @param costs what it is charged
 * @param ends the tools, by their policy keys, of which a result that is no error ends the run
 */
public record Reward(
        Mode mode,
        double lowest,
        double highest,
        Set<String> cumulative,
        Rubric rubric,
        Costs costs,
        Set<String> ends) {

    /** What the number on a step says. */
    public enum Mode {
        /** What this step earned. */
        DELTA,
        /** What the run has earned so far. */
        CUMULATIVE,
        /** Nothing but on the last step, and there what the whole run has earned. */
        TERMINAL
    }

    public Reward {
        cumulative = Set.copyOf(cumulative);
        ends = Set.copyOf(ends);
    }

    /**
     * What calls are charged, each from 0.
     *
     * @param step every step
     * @param tools a step of a tool as well, by its policy key
     * @param outcomes a call that came to this, a step or not
     */
    public record Costs(double step, Map<String, Double> tools, Map<Charged, Double> outcomes) {
        public static final Costs NONE = new Costs(0, Map.of(), Map.of());

        public Costs {
            tools = Map.copyOf(tools);
            outcomes = Map.copyOf(outcomes);
        }
    }

    /** What a call may come to that costs something. A fault is none of them: it would look like something the agent did. */
    public enum Charged {
        TOOL_ERROR,
        POLICY_DENIED,
        INVALID_ARGUMENTS,
        BUDGET
    }

    /** The policy keys of the tools that it speaks of. */
    public Set<String> tools() {
        Set<String> named = new TreeSet<>(costs.tools().keySet());
        named.addAll(ends);
        rubric.all().forEach(part -> {
            if (part instanceof Rubric.Result result) {
                named.add(result.tool());
            }
        });
        return named;
    }

    /** What is to be asked at the end of a run, each once. */
    public List<Rubric.Verifier> verifiers() {
        return rubric.all()
                .filter(Rubric.Verifier.class::isInstance)
                .map(Rubric.Verifier.class::cast)
                .distinct()
                .toList();
    }
}
