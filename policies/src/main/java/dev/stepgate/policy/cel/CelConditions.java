package dev.stepgate.policy.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.stepgate.policy.Condition;
import dev.stepgate.policy.schema.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Compiles the conditions over arguments of one shape. For one thread; what it makes is for many. */
public final class CelConditions {
    /** Longer expressions are refused. */
    public static final int MAX_CODE_POINTS = 4_000;

    private static final int MAX_DEPTH = 40;
    private static final int MAX_ITERATIONS = 1_000;

    private static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(MAX_CODE_POINTS)
            .maxParseRecursionDepth(MAX_DEPTH)
            .comprehensionMaxIterations(MAX_ITERATIONS)
            .enableHeterogeneousNumericComparisons(true)
            .enableOptionalSyntax(false)
            .build();

    private final Shape.Fields shape;
    private final Set<String> tools;
    private final CelTypes types;
    private final CelCompiler compiler;
    private final CelRuntime runtime;
    private final CelLiterals literals = new CelLiterals();
    private final Map<String, Condition> compiled = new HashMap<>();

    /**
     * What conditions may speak of.
     *
     * @param shape the tool's arguments
     * @param tools the keys of all tools, by which {@code episode.calls} is asked
     */
    public CelConditions(Shape.Fields shape, Set<String> tools) {
        this.shape = shape;
        this.tools = Set.copyOf(tools);
        this.types = new CelTypes(shape);
        CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(
                        CelStandardMacro.HAS,
                        CelStandardMacro.ALL,
                        CelStandardMacro.EXISTS,
                        CelStandardMacro.EXISTS_ONE,
                        CelStandardMacro.MAP,
                        CelStandardMacro.MAP_FILTER,
                        CelStandardMacro.FILTER)
                .setStandardEnvironmentEnabled(false)
                .setStandardDeclarations(CelSubset.declarations())
                .setTypeProvider(types)
                .addFunctionDeclarations(CelFunctions.declarations());
        for (Map.Entry<String, CelType> variable : types.variables().entrySet()) {
            builder.addVar(variable.getKey(), variable.getValue());
        }
        this.compiler = builder.build();
        this.runtime = CelRuntimeFactory.plannerRuntimeBuilder()
                .setOptions(OPTIONS)
                .setTypeProvider(types)
                .setStandardFunctions(CelSubset.functions())
                .addFunctionBindings(CelFunctions.bindings(literals))
                .build();
    }

    /**
     * Compiles an expression; the same one only once.
     *
     * @throws CelRefused when it is none, names what is not there, or is no truth
     */
    public Condition compile(String expression) throws CelRefused {
        Condition known = compiled.get(expression);
        if (known == null) {
            known = compileNew(expression);
            compiled.put(expression, known);
        }
        return known;
    }

    private Condition compileNew(String expression) throws CelRefused {
        CelAbstractSyntaxTree tree = checked(expression);
        CelLint lint = new CelLint(tree, types, tools);
        lint.check();
        lint.patterns().forEach(pattern -> add(literals::addPattern, pattern, lint::refusePattern));
        lint.folders().forEach(folder -> add(literals::addFolder, folder, lint::refuseFolder));
        if (!lint.problems().isEmpty()) {
            throw new CelRefused(lint.problems());
        }
        try {
            return new CelCondition(runtime.createProgram(tree), shape, lint.variables(), lint.arguments());
        } catch (CelEvaluationException unplanned) {
            throw refused(1, 0, "the expression cannot be planned", "write it more simply");
        }
    }

    private static void add(Consumer<String> literals, String literal, BiConsumer<String, String> refusal) {
        try {
            literals.accept(literal);
        } catch (IllegalArgumentException unsupported) {
            refusal.accept(literal, String.valueOf(unsupported.getMessage()));
        }
    }

    private CelAbstractSyntaxTree checked(String expression) throws CelRefused {
        try {
            if (expression.isBlank()) {
                throw refused(1, 0, "the expression is empty", "leave `when` out");
            }
            CelValidationResult result = compiler.compile(expression);
            if (result.hasError()) {
                throw new CelRefused(problems(expression, result.getErrors()));
            }
            CelAbstractSyntaxTree tree = result.getAst();
            if (!tree.getResultType().equals(SimpleType.BOOL)) {
                throw refused(
                        1,
                        0,
                        "the expression is of type " + tree.getResultType().name() + ", not a truth",
                        "compare it with something");
            }
            return tree;
        } catch (CelValidationException | IllegalArgumentException | IllegalStateException | StackOverflowError odd) {
            throw refused(1, 0, "this is no CEL expression", "write it more simply");
        }
    }

    private List<CelProblem> problems(String expression, Iterable<CelIssue> issues) {
        List<CelProblem> problems = new ArrayList<>();
        for (CelIssue issue : issues) {
            problems.add(CelMessages.problem(expression, issue, types));
        }
        return problems;
    }

    private static CelRefused refused(int line, int column, String message, String help) {
        return new CelRefused(List.of(new CelProblem(line, column, message, help)));
    }
}
