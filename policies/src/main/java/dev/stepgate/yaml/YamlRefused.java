package dev.stepgate.yaml;

import java.io.Serial;
import java.util.List;

/** A file that is not taken, with every problem that was found in it. */
public final class YamlRefused extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** @param problems at least one */
    public YamlRefused(List<Problem> problems) {
        super(String.join("; ", problems.stream().map(Problem::toString).toList()), null, false, false);
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
