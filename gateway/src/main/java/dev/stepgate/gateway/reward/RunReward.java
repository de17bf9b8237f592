package dev.stepgate.gateway.reward;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Reward;
import dev.stepgate.environment.Reward.Charged;
import dev.stepgate.environment.Rubric;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rewards of one run. Without a declaration what the upstream gave is passed on as it is and summed up.
 *
 * <p>Not thread-safe: the run calls it under its own lock, in the order in which steps are settled.
 */
public final class RunReward {
    /** Steps of a run whose credits are listed. */
    static final int MOST_CREDITS = 1_000;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final @Nullable Reward declared;
    private final List<Rubric.Verifier> verifiers;
    private final @Nullable TrajectoryScore trajectory;
    private double cumulated;
    private double total;
    private boolean incomplete;

    /** @param declared null where what an upstream gives is passed on */
    public RunReward(@Nullable Reward declared) {
        this.declared = declared;
        this.verifiers = declared == null ? List.of() : declared.verifiers();
        this.trajectory = declared != null && declared.rubric() instanceof Rubric.Trajectory whole
                ? new TrajectoryScore(whole)
                : null;
    }

    /** Notes the reward of the reset, from which rewards that are sums so far go on. */
    public void began(@Nullable JsonNode first) {
        if (first != null && first.isNumber()) {
            cumulated = first.doubleValue();
        }
    }

    /** Whether the manifest says how rewards are computed. */
    public boolean isDeclared() {
        return declared != null;
    }

    /** Whether the manifest has the run end with a result of this tool. */
    public boolean ends(String tool, Observation observation) {
        return declared != null && declared.ends().contains(tool) && !observation.error();
    }

    /** Who is to be asked when the run is done, before its last step is scored. */
    public List<Rubric.Verifier> verifiers() {
        return verifiers;
    }

    /**
     * Scores a step that came to an observation.
     *
     * @param upstream the manifest's name of the upstream that the tool is of
     * @param tool the tool's policy key
     * @param last whether the run is done with it
     * @param verdicts what {@link #verifiers()} said; empty before the last step
     */
    public Score step(
            String upstream,
            String tool,
            Observation observation,
            boolean last,
            Map<Rubric.Verifier, Verdict> verdicts) {
        if (declared == null) {
            total += number(observation.reward());
            return Score.given(observation.reward());
        }
        ObjectNode scores = NODES.objectNode();
        try {
            Double given = given(declared, upstream, observation.reward());
            Scoring scoring = new Scoring(upstream, tool, observation, given, verdicts, scores);
            Double earned =
                    trajectory == null ? scoring.evaluate("rubric", declared.rubric()) : trajectory.step(scoring, last);
            if (earned != null && !(earned >= declared.lowest() && earned <= declared.highest())) {
                throw new Unscored("the rubric came to " + earned + ", which is out of its range");
            }
            return told(declared, earned, cost(declared, tool, observation), last, scores);
        } catch (Unscored unscored) {
            incomplete = true;
            ObjectNode parts = parts(declared, scores).put("failure", unscored.reason());
            return new Score(null, parts, unscored.reason());
        }
    }

    /**
     * Charges a call that came to no observation. One that a fault struck has no reward, and no sum of its run is known any
     * more.
     */
    public Score refused(OutcomeClass outcome) {
        if (declared == null) {
            return Score.NONE;
        }
        if (outcome.isFault()) {
            incomplete = true;
            return Score.NONE;
        }
        Double cost = declared.costs().outcomes().get(charged(outcome));
        return cost == null ? Score.NONE : told(declared, null, cost, false, NODES.objectNode());
    }

    /** What the run has earned so far; null where that is not known, because a step could not be scored. */
    public @Nullable Double total() {
        return incomplete ? null : Double.valueOf(total);
    }

    private Score told(Reward reward, @Nullable Double earned, double cost, boolean last, ObjectNode scores) {
        boolean nothing = earned == null && cost == 0;
        double delta = (earned == null ? 0 : earned) - cost;
        total += delta;
        ObjectNode parts = parts(reward, scores);
        parts.put("delta", nothing ? null : Double.valueOf(delta));
        parts.put("cost", cost);
        parts.put("total", total());
        if (last && trajectory != null && !incomplete) {
            trajectory.credit(parts);
        }
        Double number = switch (reward.mode()) {
            case DELTA -> nothing ? null : Double.valueOf(delta);
            case CUMULATIVE -> total();
            case TERMINAL -> last ? total() : null;
        };
        if (number == null && last && reward.mode() == Reward.Mode.TERMINAL) {
            String failure = "an earlier step could not be scored, so what the run earned is not known";
            return new Score(null, parts.put("failure", failure), failure);
        }
        return new Score(number == null ? null : DoubleNode.valueOf(number), parts, null);
    }

    private static ObjectNode parts(Reward reward, ObjectNode scores) {
        ObjectNode parts = NODES.objectNode();
        parts.put("mode", reward.mode().name().toLowerCase(Locale.ROOT));
        parts.set("scores", scores);
        return parts;
    }

    /** What the upstream gave for this step alone. */
    private @Nullable Double given(Reward reward, String upstream, @Nullable JsonNode told) throws Unscored {
        if (told == null || told.isNull()) {
            return null;
        }
        if (!told.isBoolean() && !(told.isNumber() && Double.isFinite(told.doubleValue()))) {
            throw new Unscored("the reward that `" + upstream + "` gave is no finite number");
        }
        double number = number(told);
        if (!reward.cumulative().contains(upstream)) {
            return number;
        }
        double before = cumulated;
        cumulated = number;
        return number - before;
    }

    private static double cost(Reward reward, String tool, Observation observation) {
        Reward.Costs costs = reward.costs();
        double failure = observation.error() ? costs.outcomes().getOrDefault(Charged.TOOL_ERROR, 0.0) : 0;
        return costs.step() + costs.tools().getOrDefault(tool, 0.0) + failure;
    }

    private static @Nullable Charged charged(OutcomeClass outcome) {
        return switch (outcome) {
            case TOOL_ERROR -> Charged.TOOL_ERROR;
            case POLICY_DENIED -> Charged.POLICY_DENIED;
            case INVALID_ARGUMENTS -> Charged.INVALID_ARGUMENTS;
            case BUDGET -> Charged.BUDGET;
            case OK, EPISODE_OVER, TIMEOUT, CANCELLED, ENV_ERROR, INFRA_ERROR -> null;
        };
    }

    private static double number(@Nullable JsonNode reward) {
        if (reward == null) {
            return 0;
        }
        return reward.isBoolean() ? (reward.booleanValue() ? 1 : 0) : reward.asDouble();
    }

    /** The one score of a run whose rubric is a trajectory. */
    private static final class TrajectoryScore {
        private final Rubric.Trajectory rubric;
        private int steps;
        private int scored;
        private double sum;
        private double latest;
        private double best = Double.NEGATIVE_INFINITY;

        TrajectoryScore(Rubric.Trajectory rubric) {
            this.rubric = rubric;
        }

        Double step(Scoring scoring, boolean last) throws Unscored {
            steps++;
            Double score = scoring.evaluate("rubric.0", rubric.rubric());
            if (score != null) {
                scored++;
                sum += score;
                latest = score;
                best = Math.max(best, score);
            }
            return last ? whole() : rubric.intermediate();
        }

        private double whole() {
            if (scored == 0) {
                return 0;
            }
            return switch (rubric.score()) {
                case LAST -> latest;
                case SUM -> sum;
                case MEAN -> sum / scored;
                case BEST -> best;
            };
        }

        /** Shares the score out over the steps, as OpenEnv's discounting rubric does: the last has all of it. */
        void credit(ObjectNode parts) {
            parts.put("score", whole()).put("discount", rubric.discount()).put("steps", steps);
            if (steps <= MOST_CREDITS) {
                ArrayNode credits = parts.putArray("credits");
                for (int step = 1; step <= steps; step++) {
                    credits.add(Math.pow(rubric.discount(), steps - step) * whole());
                }
            }
        }
    }
}
