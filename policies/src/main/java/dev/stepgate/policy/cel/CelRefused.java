package dev.stepgate.policy.cel;

import java.io.Serial;
import java.util.List;

/** An expression that is no condition of its tool, with everything that was found wrong with it. */
public final class CelRefused extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient List<CelProblem> problems;

    CelRefused(List<CelProblem> problems) {
        super(problems.toString(), null, false, false);
        this.problems = List.copyOf(problems);
    }

    /** At least one. */
    public List<CelProblem> problems() {
        return problems;
    }
}
