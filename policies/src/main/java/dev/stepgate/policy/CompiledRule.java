package dev.stepgate.policy;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One rule, ready to be evaluated. All its parts must hold. */
public record CompiledRule(
        String id,
        Who who,
        List<ArgumentCheck> checks,
        @Nullable Condition condition,
        @Nullable TimeWindow window) {
    public CompiledRule {
        checks = List.copyOf(checks);
    }

    public CompiledRule(String id, Who who, List<ArgumentCheck> checks) {
        this(id, who, checks, null, null);
    }

    /** Whether a rule that needs no arguments can be told to hold, or not to hold, before there is a call. */
    enum Known {
        HOLDS,
        NEVER,
        DEPENDS
    }

    /** What stands between an allow rule and a call. */
    sealed interface Obstacle {
        /** An argument that does not clearly meet a constraint. */
        record Argument(String pointer) implements Obstacle {}

        /** The rule's time has not come, or its condition does not hold. */
        record Circumstances() implements Obstacle {}
    }

    /** What keeps an allow rule from holding for a caller it speaks of, or empty where it clearly holds. */
    Optional<Obstacle> obstacle(AccessRequest request) {
        for (ArgumentCheck check : checks) {
            Optional<String> broken = check.brokenBy(request.arguments());
            if (broken.isPresent()) {
                return Optional.of(new Obstacle.Argument(broken.get()));
            }
        }
        return circumstancesHold(request) ? Optional.empty() : Optional.of(new Obstacle.Circumstances());
    }

    /** Whether a deny rule holds: it does unless a part clearly fails, so that no odd spelling slips past it. */
    boolean mayHold(AccessRequest request) {
        for (ArgumentCheck check : checks) {
            if (!check.mayHold(request.arguments())) {
                return false;
            }
        }
        return circumstancesHold(request);
    }

    private boolean circumstancesHold(AccessRequest request) {
        return (window == null || window.contains(request.now())) && (condition == null || condition.holds(request));
    }

    boolean readsHistory() {
        return condition != null && condition.readsHistory();
    }

    /** Whether {@link #known} may answer {@link Known#HOLDS} for any caller. */
    boolean mayBeKnownToHold() {
        return checks.isEmpty() && window == null && (condition == null || condition.knownBeforeTheCall());
    }

    /** What can be said of it before there is a call: whether it is listed must not depend on the time of day. */
    Known known(Caller caller, Surroundings environment) {
        if (!who.includes(caller)) {
            return Known.NEVER;
        }
        boolean depends = !checks.isEmpty() || window != null;
        if (condition == null) {
            return depends ? Known.DEPENDS : Known.HOLDS;
        }
        if (!condition.knownBeforeTheCall()) {
            return Known.DEPENDS;
        }
        try {
            boolean holds = condition.holds(new AccessRequest(
                    caller, environment, "", java.util.Map.of(), EpisodeView.NEW, java.time.Instant.EPOCH));
            return !holds ? Known.NEVER : depends ? Known.DEPENDS : Known.HOLDS;
        } catch (RuntimeException failed) {
            return Known.DEPENDS; // the call itself will be told that it could not be checked
        }
    }
}
