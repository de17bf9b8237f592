package dev.stepgate.policy.compile;

import dev.stepgate.policy.Caller;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.FieldRule;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The policy format read as simply as it can be: no compilation, no early exit, values compared by their spelling. For
 * tools whose schema asks for nothing.
 */
record NaivePolicy(Policy policy) {

    boolean allows(Caller caller, String tool, Map<String, @Nullable Object> arguments) {
        int allowing = 0;
        int denying = 0;
        for (ToolRules rules : policy.tools()) {
            if (rules.key().equals(tool)) {
                for (Rule rule : rules.allow()) {
                    allowing += speaksOf(rule, caller) && clearlyHolds(rule, arguments) ? 1 : 0;
                }
                for (Rule rule : rules.deny()) {
                    denying += speaksOf(rule, caller) && mayHold(rule, arguments) ? 1 : 0;
                }
            }
        }
        return allowing > 0 && denying == 0;
    }

    static boolean speaksOf(Rule rule, Caller caller) {
        boolean subject =
                rule.who().subjects().isEmpty() || rule.who().subjects().contains(caller.subject());
        boolean role = rule.who().roles().isEmpty()
                || rule.who().roles().stream().anyMatch(one -> caller.roles().contains(one));
        return subject && role;
    }

    static boolean clearlyHolds(Rule rule, Map<String, @Nullable Object> arguments) {
        boolean holds = true;
        for (FieldRule field : rule.fields()) {
            for (Constraint constraint : field.constraints()) {
                for (Found value : found(field, arguments)) {
                    holds &= value.missing() || (!value.wrong() && holds(constraint, value.value()));
                }
            }
        }
        return holds;
    }

    /** A constraint may hold for what is missing, for what it holds for, and for what it can not speak of. */
    static boolean mayHold(Rule rule, Map<String, @Nullable Object> arguments) {
        boolean holds = true;
        for (FieldRule field : rule.fields()) {
            for (Constraint constraint : field.constraints()) {
                holds &= found(field, arguments).stream()
                        .anyMatch(value -> value.missing()
                                || value.wrong()
                                || unclear(constraint, value.value())
                                || holds(constraint, value.value()));
            }
        }
        return holds;
    }

    private static List<Found> found(FieldRule field, Map<String, @Nullable Object> arguments) {
        List<Found> found = new ArrayList<>();
        find(arguments, field.path().replace("[]", ".[]").split("\\."), 0, found);
        return found;
    }

    private static boolean unclear(Constraint constraint, @Nullable Object value) {
        boolean odd = value instanceof String text
                && !Normalizer.normalize(text, Normalizer.Form.NFC).equals(text);
        return switch (constraint) {
            case Constraint.Absent _ -> false;
            case Constraint.OneOf _ -> odd;
            case Constraint.NoneOf noneOf ->
                odd || noneOf.values().stream().noneMatch(one -> kind(one).equals(kind(value)) || one == null);
            case Constraint.Min _, Constraint.Max _ -> !(value instanceof Number);
            case Constraint.MaxLength _, Constraint.NoLeadingDash _ -> !(value instanceof String);
            case Constraint.MaxItems _ -> !(value instanceof List<?>);
            case Constraint.Pattern _ -> odd || !(value instanceof String);
            case Constraint.Within _ -> !(value instanceof String text) || isOddPath(text);
            case Constraint.Url _, Constraint.Sql _ -> throw new IllegalStateException("not generated");
        };
    }

    private static String kind(@Nullable Object value) {
        return value == null
                ? "null"
                : value instanceof Number
                        ? "number"
                        : value instanceof List<?>
                                ? "list"
                                : value instanceof Map<?, ?>
                                        ? "map"
                                        : value.getClass().getName();
    }

    /**
     * A value at the end of a path.
     *
     * @param wrong whether the path ended early, at a value of the wrong type
     * @param missing whether it ended early, at an object without the name
     */
    private record Found(@Nullable Object value, boolean wrong, boolean missing) {}

    private static void find(@Nullable Object value, String[] path, int at, List<Found> found) {
        if (at == path.length) {
            found.add(new Found(value, false, false));
        } else if (path[at].equals("[]") && value instanceof List<?> list) {
            for (Object item : list) {
                find(item, path, at + 1, found);
            }
        } else if (!path[at].equals("[]") && value instanceof Map<?, ?> map) {
            boolean there = false;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (path[at].equals(entry.getKey())) {
                    find(entry.getValue(), path, at + 1, found);
                    there = true;
                }
            }
            if (!there) {
                found.add(new Found(null, false, true));
            }
        } else {
            found.add(new Found(value, true, false));
        }
    }

    private static boolean holds(Constraint constraint, @Nullable Object value) {
        return switch (constraint) {
            case Constraint.Absent _ -> false;
            case Constraint.OneOf oneOf ->
                !unclear(oneOf, value)
                        && oneOf.values().stream()
                                .map(NaivePolicy::spelling)
                                .toList()
                                .contains(spelling(value));
            case Constraint.NoneOf noneOf ->
                !unclear(noneOf, value)
                        && !noneOf.values().stream()
                                .map(NaivePolicy::spelling)
                                .toList()
                                .contains(spelling(value));
            case Constraint.Min min ->
                value instanceof Number number
                        && new BigDecimal(number.toString())
                                        .subtract(min.value())
                                        .signum()
                                >= 0;
            case Constraint.Max max ->
                value instanceof Number number
                        && new BigDecimal(number.toString())
                                        .subtract(max.value())
                                        .signum()
                                <= 0;
            case Constraint.MaxLength max ->
                value instanceof String text && text.codePoints().toArray().length <= max.codePoints();
            case Constraint.MaxItems max -> value instanceof List<?> list && list.size() <= max.items();
            case Constraint.Pattern pattern ->
                value instanceof String text
                        && Normalizer.normalize(text, Normalizer.Form.NFC).equals(text)
                        && Pattern.compile("\\A(?:" + pattern.expression() + ")\\z", Pattern.DOTALL)
                                .matcher(text)
                                .find();
            case Constraint.Within within -> value instanceof String text && isWithin(text, within.folder());
            case Constraint.NoLeadingDash _ ->
                value instanceof String text && !text.strip().startsWith("-");
            case Constraint.Url _, Constraint.Sql _ -> throw new IllegalStateException("not generated");
        };
    }

    /** Only for the paths that the comparison makes: of ASCII, NUL and the acute accent. */
    private static boolean isWithin(String path, String folder) {
        String tidy = ("/" + path + "/").replaceAll("/(\\./)*", "/").replaceAll("/+", "/");
        String inside = (folder + "/").replaceAll("/+", "/");
        return !isOddPath(path) && tidy.startsWith(inside);
    }

    private static boolean isOddPath(String path) {
        String tidy = path + "/";
        return !path.startsWith("/")
                || path.startsWith("//")
                || path.matches("(?s).*[\\\\%\\x00-\\x1f\\u0301].*")
                || tidy.contains("/../")
                || tidy.contains("/~")
                || tidy.contains(":/");
    }

    /** One spelling for each JSON value. */
    static String spelling(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Number number ->
                "#" + new BigDecimal(number.toString()).stripTrailingZeros().toPlainString();
            case List<?> list ->
                list.stream().map(NaivePolicy::spelling).toList().toString();
            case Map<?, ?> map ->
                "map"
                        + map.entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + spelling(entry.getValue()))
                                .sorted()
                                .toList();
            default -> value.getClass().getSimpleName() + ":" + value;
        };
    }
}
