package dev.stepgate.policy.testing;

import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The values that the rules of a tool speak of, near which made-up calls tell most. */
public final class Hints {
    private Hints() {}

    /** The values in the order of the file. */
    public static List<Object> of(ToolRules tool) {
        List<Object> hints = new ArrayList<>();
        Stream.concat(tool.allow().stream(), tool.deny().stream())
                .map(Rule::fields)
                .flatMap(List::stream)
                .flatMap(field -> field.constraints().stream())
                .forEach(constraint -> add(constraint, hints));
        return hints;
    }

    private static void add(Constraint constraint, List<Object> hints) {
        switch (constraint) {
            case Constraint.OneOf one ->
                one.values().stream().filter(Objects::nonNull).forEach(hints::add);
            case Constraint.NoneOf none ->
                none.values().stream().filter(Objects::nonNull).forEach(hints::add);
            case Constraint.Min min -> hints.add(min.value());
            case Constraint.Max max -> hints.add(max.value());
            case Constraint.Within within -> hints.add(within.folder());
            case Constraint.Url url ->
                url.hosts().forEach(host -> hints.add(url.schemes().getFirst() + "://" + host.replace("*", "a") + "/"));
            case Constraint.Sql _ -> hints.add("select a from t");
            case Constraint.MaxLength _,
                    Constraint.MaxItems _,
                    Constraint.Pattern _,
                    Constraint.NoLeadingDash _,
                    Constraint.Absent _ -> {}
        }
    }
}
