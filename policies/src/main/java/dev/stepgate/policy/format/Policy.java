package dev.stepgate.policy.format;

import dev.stepgate.policy.EpisodeBudget;
import dev.stepgate.policy.FlowRule;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.TimeWindow;
import dev.stepgate.policy.ToolTerms;
import dev.stepgate.policy.Who;
import dev.stepgate.yaml.Place;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One policy file.
 *
 * @param place where its name stands
 * @param environments the glob that says which environments it governs; {@code *} stands for any characters
 * @param digest SHA-256 of the text, {@code sha256:<hex>}
 * @param overlays what it is in each mode that it has an overlay for
 */
public record Policy(
        Place place,
        String name,
        long version,
        String environments,
        String digest,
        List<ToolRules> tools,
        Rest rest,
        Map<Mode, Overlay> overlays) {
    public Policy {
        tools = List.copyOf(tools);
        overlays = Map.copyOf(overlays);
    }

    public Policy(Place place, String name, long version, String environments, String digest, List<ToolRules> tools) {
        this(place, name, version, environments, digest, tools, Rest.NOTHING, Map.of());
    }

    /** The name of an environment that it governs, for looking at it where none runs. */
    public String someEnvironment() {
        return environments.replace("*", "1");
    }

    /** The policy as it is in a mode. */
    public Policy in(Mode mode) {
        Overlay overlay = overlays.get(mode);
        if (overlay == null) {
            return this;
        }
        Rest changed = new Rest(rest.pins(), rest.flows(), overlay.budget(), rest.divergences());
        return new Policy(place, name, version, environments, digest, overlay.tools(), changed, Map.of());
    }

    /**
     * What it says of no single tool.
     *
     * @param pins the catalogue digests that it was written for
     * @param divergences where the modes deny differently on purpose
     */
    public record Rest(List<Pin> pins, List<Flow> flows, EpisodeBudget budget, List<Divergence> divergences) {
        public static final Rest NOTHING = new Rest(List.of(), List.of(), EpisodeBudget.UNLIMITED, List.of());

        public Rest {
            pins = List.copyOf(pins);
            flows = List.copyOf(flows);
            divergences = List.copyOf(divergences);
        }
    }

    /** What a mode makes of all tools and of the budgets. */
    public record Overlay(List<ToolRules> tools, EpisodeBudget budget) {
        public Overlay {
            tools = List.copyOf(tools);
        }
    }

    /** The catalogue digest of an upstream. */
    public record Pin(Place place, String upstream, String digest) {}

    /** A flow rule and where it stands. */
    public record Flow(Place place, FlowRule rule) {}

    /** A tool that the modes deny differently on purpose, and why. */
    public record Divergence(Place place, String tool, String reason) {}

    /**
     * What it says of one tool.
     *
     * @param key {@code <upstream>.<tool>}
     * @param places where the keys of its terms stand
     */
    public record ToolRules(
            Place place, String key, List<Rule> allow, List<Rule> deny, ToolTerms terms, Map<String, Place> places) {
        public ToolRules {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
            places = Map.copyOf(places);
        }

        public ToolRules(Place place, String key, List<Rule> allow, List<Rule> deny) {
            this(place, key, allow, deny, ToolTerms.NONE, Map.of());
        }

        /** Where a key of its terms stands. */
        public Place placeOf(String term) {
            return places.getOrDefault(term, place);
        }
    }

    /** One rule; all its parts must hold. */
    public record Rule(
            Place place,
            String id,
            Who who,
            List<FieldRule> fields,
            @Nullable WhenText when,
            @Nullable TimeWindow window) {
        public Rule {
            fields = List.copyOf(fields);
        }

        public Rule(Place place, String id, Who who, List<FieldRule> fields) {
            this(place, id, who, fields, null, null);
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
