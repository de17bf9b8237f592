package dev.stepgate.policy.cel;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.Program;
import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Condition;
import dev.stepgate.policy.schema.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * One compiled expression. Safe for use by many threads.
 *
 * @param variables those that it reads
 * @param arguments the names of the arguments that it reads
 */
record CelCondition(Program program, Shape.Fields shape, Set<String> variables, Set<String> arguments)
        implements Condition {
    CelCondition {
        variables = Set.copyOf(variables);
        arguments = Set.copyOf(arguments);
    }

    @Override
    public boolean holds(AccessRequest request) {
        Map<String, Object> values = HashMap.newHashMap(variables.size());
        for (String variable : variables) {
            values.put(
                    variable,
                    switch (variable) {
                        case "args" -> CelValues.arguments(request.arguments(), shape, arguments);
                        case "caller" -> CelValues.caller(request);
                        case "env" -> CelValues.environment(request);
                        case "episode" -> CelValues.episode(request.episode());
                        case "tool" -> request.tool();
                        case "now" -> request.now();
                        default -> throw new IllegalStateException("no such variable");
                    });
        }
        try {
            return Boolean.TRUE.equals(program.eval(values));
        } catch (CelEvaluationException failed) {
            throw new IllegalStateException("the condition could not be evaluated", failed);
        }
    }

    @Override
    public boolean knownBeforeTheCall() {
        return variables.stream().allMatch(variable -> variable.equals("caller") || variable.equals("env"));
    }

    @Override
    public boolean readsHistory() {
        return variables.contains("episode");
    }
}
