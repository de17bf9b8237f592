package dev.stepgate.policy.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExpr.CelSelect;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.stepgate.yaml.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the type checker does not see. CEL's {@code ||} swallows errors, so that {@code args.missing == 1 || true} holds: an
 * argument that a call may leave out is therefore read only where {@code has()} has said that it is there. Also refused:
 * functions outside of the format, expressions for {@code matches} that are computed, and tools that do not exist. For one
 * expression and one thread.
 */
final class CelLint {
    private final CelAbstractSyntaxTree tree;
    private final CelTypes types;
    private final Set<String> tools;
    private final List<CelProblem> problems = new ArrayList<>();
    private final Set<String> variables = new HashSet<>();
    private final Set<String> arguments = new HashSet<>();
    private final Map<String, CelExpr> patterns = new HashMap<>();
    private final Map<String, CelExpr> folders = new HashMap<>();

    CelLint(CelAbstractSyntaxTree tree, CelTypes types, Set<String> tools) {
        this.tree = tree;
        this.types = types;
        this.tools = tools;
    }

    void check() {
        walk(tree.getExpr(), Set.of());
    }

    List<CelProblem> problems() {
        return problems;
    }

    Set<String> variables() {
        return variables;
    }

    Set<String> arguments() {
        return arguments;
    }

    /** The texts of all expressions for {@code matches}. */
    Set<String> patterns() {
        return patterns.keySet();
    }

    /** The texts of all folders for {@code path.within} that are not computed. */
    Set<String> folders() {
        return folders.keySet();
    }

    void refusePattern(String pattern, String message) {
        refuse(patterns.getOrDefault(pattern, tree.getExpr()), 0, message, "write an RE2 expression");
    }

    void refuseFolder(String folder, String message) {
        refuse(folders.getOrDefault(folder, tree.getExpr()), 0, message, "write it from / on, without `..`");
    }

    /** @param there the paths that are known to be there */
    private void walk(CelExpr expr, Set<String> there) {
        switch (expr.getKind()) {
            case CONSTANT, NOT_SET -> {}
            case IDENT -> ident(expr);
            case SELECT -> select(expr, there);
            case CALL -> call(expr, there);
            case LIST -> expr.list().elements().forEach(item -> walk(item, there));
            case MAP ->
                expr.map().entries().forEach(entry -> {
                    walk(entry.key(), there);
                    walk(entry.value(), there);
                });
            case STRUCT -> refuse(expr, 0, "messages cannot be built here", "compare fields one by one");
            case COMPREHENSION -> comprehension(expr.comprehension(), expr, there);
        }
    }

    private void ident(CelExpr expr) {
        String name = expr.ident().name();
        if (types.variables().containsKey(name)) {
            variables.add(name);
        }
        if (name.equals("args")) {
            refuse(expr, 0, "`args` can only be read by name", "write args.<name>");
        }
    }

    private void select(CelExpr expr, Set<String> there) {
        CelSelect select = expr.select();
        CelExpr operand = select.operand();
        boolean argument =
                operand.getKind() == Kind.IDENT && operand.ident().name().equals("args");
        if (argument) {
            variables.add("args");
            arguments.add(select.field());
        } else {
            walk(operand, there);
        }
        boolean mayBeMissing = tree.getType(operand.id())
                .map(type -> types.isOptional(type, select.field()))
                .orElse(false);
        if (!select.testOnly() && mayBeMissing && !there.contains(path(expr))) {
            refuse(
                    expr,
                    1,
                    "a call may leave `" + path(expr) + "` out, and then nobody could say whether the rule holds",
                    "write has(" + path(expr) + ") && …, or !has(" + path(expr) + ") || …");
        }
    }

    private void call(CelExpr expr, Set<String> there) {
        CelCall call = expr.call();
        String function = call.function();
        if (!CelFunctions.STANDARD.contains(function) && !CelFunctions.OWN.contains(function)) {
            refuse(expr, 0, "`" + function + "` is not part of the policy format", "");
        }
        call.target().ifPresent(target -> walk(target, there));
        List<CelExpr> operands = call.args();
        switch (function) {
            case "_&&_" -> {
                walk(operands.get(0), plus(there, facts(operands.get(1), true)));
                walk(operands.get(1), plus(there, facts(operands.get(0), true)));
            }
            case "_||_" -> {
                walk(operands.get(0), plus(there, facts(operands.get(1), false)));
                walk(operands.get(1), plus(there, facts(operands.get(0), false)));
            }
            case "_?_:_" -> {
                walk(operands.get(0), there);
                walk(operands.get(1), plus(there, facts(operands.get(0), true)));
                walk(operands.get(2), plus(there, facts(operands.get(0), false)));
            }
            case "path.within" -> {
                operands.forEach(operand -> walk(operand, there));
                CelExpr folder = operands.getLast();
                if (isText(folder)) {
                    folders.put(folder.constant().stringValue(), folder);
                }
            }
            case "matches" -> matches(expr, operands.get(operands.size() - 1));
            case "_[_]" -> {
                walk(operands.get(0), there);
                index(operands.get(0), operands.get(1), there);
            }
            default -> operands.forEach(operand -> walk(operand, there));
        }
    }

    private void matches(CelExpr call, CelExpr expression) {
        if (isText(expression)) {
            patterns.put(expression.constant().stringValue(), expression);
        } else {
            refuse(call, 0, "the expression of `matches` must stand here in quotes", "");
        }
    }

    private void index(CelExpr list, CelExpr index, Set<String> there) {
        walk(index, there);
        if (path(list).equals("episode.calls") && isText(index)) {
            String tool = index.constant().stringValue();
            if (!tools.contains(tool)) {
                refuse(index, 0, "the environment has no tool `" + tool + "`", Problem.nearest(tool, tools));
            }
        }
    }

    private void comprehension(CelComprehension loop, CelExpr at, Set<String> there) {
        if (types.variables().containsKey(loop.iterVar())) {
            refuse(at, 0, "`" + loop.iterVar() + "` is already the name of something", "give the item another name");
        }
        walk(loop.iterRange(), there);
        walk(loop.accuInit(), there);
        Set<String> inside = new HashSet<>(there);
        inside.removeIf(path -> path.startsWith(loop.iterVar() + "."));
        walk(loop.loopCondition(), inside);
        walk(loop.loopStep(), inside);
        walk(loop.result(), there);
    }

    /** The paths that are there for certain if an expression is true, or if it is false. */
    private Set<String> facts(CelExpr expr, boolean truth) {
        if (expr.getKind() == Kind.SELECT && expr.select().testOnly() && truth) {
            return Set.of(path(expr));
        }
        if (expr.getKind() != Kind.CALL) {
            return Set.of();
        }
        List<CelExpr> operands = expr.call().args();
        return switch (expr.call().function()) {
            case "!_" -> facts(operands.getFirst(), !truth);
            case "_&&_" -> truth ? both(operands, true) : Set.of();
            case "_||_" -> truth ? Set.of() : both(operands, false);
            default -> Set.of();
        };
    }

    private Set<String> both(List<CelExpr> operands, boolean truth) {
        return plus(facts(operands.get(0), truth), facts(operands.get(1), truth));
    }

    private static Set<String> plus(Set<String> some, Set<String> more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(more);
        return all;
    }

    private static String path(CelExpr expr) {
        return switch (expr.getKind()) {
            case IDENT -> expr.ident().name();
            case SELECT -> path(expr.select().operand()) + "." + expr.select().field();
            default -> "(…)";
        };
    }

    private static boolean isText(CelExpr expr) {
        return expr.getKind() == Kind.CONSTANT && expr.constant().getKind() == CelConstant.Kind.STRING_VALUE;
    }

    private void refuse(CelExpr expr, int shift, String message, String help) {
        Integer offset = tree.getSource().getPositionsMap().get(expr.id());
        CelSourceLocation at =
                tree.getSource().getOffsetLocation(offset == null ? 0 : offset).orElse(CelSourceLocation.of(1, 0));
        problems.add(new CelProblem(at.getLine(), at.getColumn() + shift, message, help));
    }
}
