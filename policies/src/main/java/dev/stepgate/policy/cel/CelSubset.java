package dev.stepgate.policy.cel;

import dev.cel.checker.CelStandardDeclarations;
import dev.cel.runtime.CelStandardFunctions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The part of CEL's own functions that is in the policy format; what the library adds later is not. */
final class CelSubset {
    /** Without {@code dyn}, {@code type}, {@code bytes} and {@code uint}, which would get around the types. */
    private static final List<String> NAMES = List.of(
            "NOT_STRICTLY_FALSE",
            "IN",
            "CONDITIONAL",
            "LOGICAL_NOT",
            "LOGICAL_OR",
            "LOGICAL_AND",
            "EQUALS",
            "NOT_EQUALS",
            "ADD",
            "SUBTRACT",
            "MULTIPLY",
            "DIVIDE",
            "MODULO",
            "NEGATE",
            "INDEX",
            "SIZE",
            "INT",
            "DOUBLE",
            "STRING",
            "DURATION",
            "TIMESTAMP",
            "CONTAINS",
            "ENDS_WITH",
            "STARTS_WITH",
            "GET_FULL_YEAR",
            "GET_MONTH",
            "GET_DAY_OF_YEAR",
            "GET_DAY_OF_MONTH",
            "GET_DATE",
            "GET_DAY_OF_WEEK",
            "GET_HOURS",
            "GET_MINUTES",
            "GET_SECONDS",
            "LESS",
            "LESS_EQUALS",
            "GREATER",
            "GREATER_EQUALS");

    private CelSubset() {}

    static CelStandardDeclarations declarations() {
        return CelStandardDeclarations.newBuilder()
                .includeFunctions(some(CelStandardDeclarations.StandardFunction.class))
                .build();
    }

    static CelStandardFunctions functions() {
        return CelStandardFunctions.newBuilder()
                .includeFunctions(some(CelStandardFunctions.StandardFunction.class))
                .build();
    }

    /** The two families of names are equal but for those that need no function to run. */
    private static <E extends Enum<E>> Set<E> some(Class<E> functions) {
        Set<E> some = EnumSet.noneOf(functions);
        Arrays.stream(functions.getEnumConstants())
                .filter(function -> NAMES.contains(function.name()))
                .forEach(some::add);
        return some;
    }
}
