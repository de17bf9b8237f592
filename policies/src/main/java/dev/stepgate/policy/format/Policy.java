package dev.stepgate.policy.format;

import dev.stepgate.policy.Who;
import dev.stepgate.yaml.Place;
import java.util.List;

/**
 * One policy file.
 *
 * @param place where its name stands
 * @param environments the glob that says which environments it governs; {@code *} stands for any characters
 * @param digest SHA-256 of the text, {@code sha256:<hex>}
 */
public record Policy(
        Place place, String name, long version, String environments, String digest, List<ToolRules> tools) {
    public Policy {
        tools = List.copyOf(tools);
    }

    /**
     * What it says of one tool.
     *
     * @param key {@code <upstream>.<tool>}
     */
    public record ToolRules(Place place, String key, List<Rule> allow, List<Rule> deny) {
        public ToolRules {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
        }
    }

    /** One rule; all its parts must hold. */
    public record Rule(Place place, String id, Who who, List<FieldRule> fields) {
        public Rule {
            fields = List.copyOf(fields);
        }
    }

    /**
     * What a rule asks of one argument.
     *
     * @param path the argument's name; dots reach into objects, {@code []} means every item of a list
     */
    public record FieldRule(Place place, String path, List<Constraint> constraints) {
        public FieldRule {
            constraints = List.copyOf(constraints);
        }
    }
}
