package dev.stepgate.policy.cel;

import dev.cel.common.CelIssue;
import dev.stepgate.yaml.Problem;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the library found wrong, in our words, with the nearest name that would be right. */
final class CelMessages {
    private static final Pattern UNDEFINED = Pattern.compile("undefined field '(.*)'");
    private static final Pattern UNDECLARED = Pattern.compile("undeclared reference to '(.*)' \\(in.*");
    private static final Pattern OVERLOAD =
            Pattern.compile("found no matching overload for '(.*)' applied to '(.*?)'.*", Pattern.DOTALL);
    private static final Pattern STRUCT = Pattern.compile("stepgate\\.t\\d+\\.[A-Za-z0-9_.]*");

    private CelMessages() {}

    static CelProblem problem(String expression, CelIssue issue, CelTypes types) {
        int line = Math.max(1, issue.getSourceLocation().getLine());
        int column = Math.max(0, issue.getSourceLocation().getColumn());
        String message = issue.getMessage();
        Matcher undefined = UNDEFINED.matcher(message);
        if (undefined.matches()) {
            String before = word(expression, line, column);
            return new CelProblem(
                    line,
                    column + 1,
                    (before.equals("args") ? "the tool has no argument `" : "`" + before + "` has no field `")
                            + undefined.group(1) + "`",
                    Problem.nearest(undefined.group(1), names(types, before)));
        }
        Matcher undeclared = UNDECLARED.matcher(message);
        if (undeclared.matches()) {
            return undeclared(line, column, undeclared.group(1), types);
        }
        Matcher overload = OVERLOAD.matcher(message);
        if (overload.matches()) {
            String applied = STRUCT.matcher(overload.group(2)).replaceAll("object");
            return new CelProblem(
                    line,
                    column,
                    "`" + sign(overload.group(1)) + "` does not take " + applied,
                    "compare and combine values of one type");
        }
        return new CelProblem(line, column, "no CEL expression: " + oneLine(message), "");
    }

    private static CelProblem undeclared(int line, int column, String name, CelTypes types) {
        if (CelTypes.AFTER_THE_CALL.contains(name)) {
            return new CelProblem(
                    line,
                    column,
                    "`" + name + "` is not known yet: `when` is decided before the call",
                    "limit what comes back under `result`");
        }
        List<String> known = Stream.concat(
                        types.variables().keySet().stream(),
                        Stream.concat(CelFunctions.STANDARD.stream(), CelFunctions.OWN.stream()))
                .filter(word -> Character.isLetter(word.charAt(0)))
                .flatMap(word -> Stream.of(word, word.substring(word.indexOf('.') + 1)))
                .distinct()
                .toList();
        return new CelProblem(line, column, "`" + name + "` is not known here", Problem.nearest(name, known));
    }

    private static List<String> names(CelTypes types, String variable) {
        var type = types.variables().get(variable);
        return type == null ? List.of() : types.names(type);
    }

    /** The word that ends before a column. */
    private static String word(String expression, int line, int column) {
        String text = expression.lines().skip(line - 1L).findFirst().orElse("");
        int end = text.offsetByCodePoints(0, Math.min(column, text.codePointCount(0, text.length())));
        int start = end;
        while (start > 0 && Character.isJavaIdentifierPart(text.charAt(start - 1))) {
            start--;
        }
        return text.substring(start, end);
    }

    private static String sign(String function) {
        return function.replaceAll("^_|_$|^@", "").replace("_[_]", "[]");
    }

    private static String oneLine(String message) {
        return message.lines().findFirst().orElse("malformed").replaceAll("expecting \\{.*", "expecting more");
    }
}
