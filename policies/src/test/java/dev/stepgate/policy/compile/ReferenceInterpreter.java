package dev.stepgate.policy.compile;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.FlowRule;
import dev.stepgate.policy.Label;
import dev.stepgate.policy.ToolTerms;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.Rule;
import dev.stepgate.policy.format.Policy.ToolRules;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The language read as simply as it can be: every count is taken anew from the list of all that happened, nothing is
 * compiled, nothing is remembered. For tools whose schema asks for nothing.
 */
final class ReferenceInterpreter {
    private final Policy policy;
    private final Map<String, String> labels;
    private final List<Event> history = new ArrayList<>();

    ReferenceInterpreter(Policy policy, Map<String, String> labels) {
        this.policy = policy;
        this.labels = labels;
    }

    /** A call that was let through. */
    static final class Event {
        private final String tool;
        private final Caller caller;
        private final Object arguments;
        private final Instant at;
        private final ToolTerms terms;
        private final boolean inMinute;
        private final long reserved;
        private boolean over;
        private boolean left;
        private long bytes;

        Event(AccessRequest request, ToolTerms terms, boolean inMinute, long reserved) {
            this.tool = request.tool();
            this.caller = request.caller();
            this.arguments = NaivePolicy.spelling(request.arguments());
            this.at = request.now();
            this.terms = terms;
            this.inMinute = inMinute;
            this.reserved = reserved;
        }

        void end(boolean hasLeft, long used) {
            over = true;
            left = hasLeft;
            bytes = used;
        }

        /** A call in flight counts like one that left. */
        boolean counts() {
            return !over || left;
        }
    }

    /**
     * A verdict.
     *
     * @param event what was let through, or null
     */
    record Verdict(String text, @Nullable Event event) {}

    Verdict decide(AccessRequest request) {
        for (ToolRules tool : policy.tools()) {
            if (tool.key().equals(request.tool())) {
                return visible(tool, request) ? known(tool, request) : new Verdict("deny tool.unknown", null);
            }
        }
        return new Verdict("deny tool.unknown", null);
    }

    private boolean visible(ToolRules tool, AccessRequest request) {
        boolean some = false;
        for (Rule rule : tool.allow()) {
            some |= !Boolean.FALSE.equals(before(rule, request));
        }
        for (Rule rule : tool.deny()) {
            some &= !Boolean.TRUE.equals(before(rule, request));
        }
        return some;
    }

    /** Whether a rule holds as far as caller and environment tell, or null. */
    private @Nullable Boolean before(Rule rule, AccessRequest request) {
        if (!NaivePolicy.speaksOf(rule, request.caller())) {
            return false;
        }
        Whens.When when = rule.when() == null ? null : Whens.of(rule.when().text());
        if (when != null && !when.early()) {
            return null;
        }
        if (when != null && !Boolean.TRUE.equals(when.holds(request, labels, this))) {
            return false;
        }
        boolean asksNothingElse = rule.fields().isEmpty() && rule.window() == null;
        return asksNothingElse ? Boolean.TRUE : null;
    }

    private Verdict known(ToolRules tool, AccessRequest request) {
        String byRules = rules(tool, request);
        boolean shadow = tool.terms().shadow();
        String shadowed = "";
        if (byRules.startsWith("deny")) {
            if (!shadow || byRules.endsWith("policy.error")) {
                return new Verdict(byRules, null);
            }
            shadowed = byRules.substring(5);
        }
        boolean approval = shadowed.isEmpty() && tool.terms().approval() != null;
        String flow = flows(tool);
        approval |= flow.equals("approve");
        if (flow.equals("block") && !shadow) {
            return new Verdict("deny flow.blocked", null);
        }
        if (flow.equals("block") && shadowed.isEmpty()) {
            shadowed = "flow.blocked";
        }
        String spent = spent(tool, request);
        if (!spent.isEmpty() && !shadow) {
            return new Verdict("deny " + spent, null);
        }
        shadowed = shadowed.isEmpty() ? spent : shadowed;
        Event event = new Event(request, tool.terms(), spent.isEmpty(), reserved(tool));
        history.add(event);
        return new Verdict("allow " + approval + " " + shadowed, event);
    }

    private String rules(ToolRules tool, AccessRequest request) {
        int denying = 0;
        int failing = 0;
        for (Rule rule : tool.deny()) {
            if (NaivePolicy.speaksOf(rule, request.caller()) && NaivePolicy.mayHold(rule, request.arguments())) {
                Boolean holds = circumstances(rule, request);
                denying += Boolean.TRUE.equals(holds) ? 1 : 0;
                failing += holds == null ? 1 : 0;
            }
        }
        if (denying > 0) {
            return "deny policy.denied";
        }
        int allowing = 0;
        int failed = 0;
        int elsewhere = 0;
        for (Rule rule : tool.allow()) {
            if (NaivePolicy.speaksOf(rule, request.caller()) && NaivePolicy.clearlyHolds(rule, request.arguments())) {
                Boolean holds = circumstances(rule, request);
                allowing += Boolean.TRUE.equals(holds) ? 1 : 0;
                elsewhere += Boolean.FALSE.equals(holds) ? 1 : 0;
                failed += holds == null ? 1 : 0;
            }
        }
        if (failed > 0 || (allowing > 0 && failing > 0)) {
            return "deny policy.error";
        }
        return allowing > 0 ? "allow" : elsewhere > 0 ? "deny policy.denied" : "deny args.constraint";
    }

    private @Nullable Boolean circumstances(Rule rule, AccessRequest request) {
        if (rule.window() != null) {
            int minute = request.now().atOffset(ZoneOffset.UTC).toLocalTime().toSecondOfDay() / 60;
            int from = rule.window().from().toSecondOfDay() / 60;
            int to = rule.window().to().toSecondOfDay() / 60;
            boolean afterFrom = minute >= from;
            boolean beforeTo = minute < to;
            boolean inside = from < to ? afterFrom && beforeTo : afterFrom || beforeTo;
            if (!inside) {
                return false;
            }
        }
        return rule.when() == null ? Boolean.TRUE : Whens.of(rule.when().text()).holds(request, labels, this);
    }

    private String flows(ToolRules tool) {
        boolean blocked = false;
        boolean lifted = true;
        for (Policy.Flow flow : policy.rest().flows()) {
            FlowRule rule = flow.rule();
            boolean carries = rule.after().stream().allMatch(this::carried);
            if (carries && rule.block().stream().anyMatch(tool.terms().labels()::contains)) {
                blocked = true;
                lifted &= rule.unlessApproved();
            }
        }
        return !blocked ? "" : lifted ? "approve" : "block";
    }

    private boolean carried(Label label) {
        return history.stream()
                .anyMatch(event -> event.counts() && event.terms.labels().contains(label));
    }

    private String spent(ToolRules tool, AccessRequest request) {
        var limits = tool.terms().limits();
        var budget = policy.rest().budget();
        Object spelling = NaivePolicy.spelling(request.arguments());
        long same = history.stream()
                .filter(event -> event.counts() && event.tool.equals(tool.key()) && event.arguments.equals(spelling))
                .count();
        if (calls(tool.key()) >= limits.perEpisode()) {
            return "budget.perEpisode";
        }
        if (same >= limits.sameArgs()) {
            return "budget.sameArgs";
        }
        if (history.stream().filter(Event::counts).count() >= budget.calls()) {
            return "budget.calls";
        }
        if (cost() + limits.cost() > budget.cost() && budget.cost() != Long.MAX_VALUE) {
            return "budget.cost";
        }
        if (budget.resultBytes() != Long.MAX_VALUE && bytes() >= budget.resultBytes()) {
            return "budget.resultBytes";
        }
        List<Event> mine = history.stream()
                .filter(event -> event.tool.equals(tool.key())
                        && event.caller.subject().equals(request.caller().subject()))
                .toList();
        if (mine.stream().filter(event -> !event.over).count() >= limits.concurrent()) {
            return "budget.concurrent";
        }
        Instant minute = request.now().minusSeconds(60);
        long recent = mine.stream()
                .filter(event -> event.inMinute && event.at.isAfter(minute))
                .count();
        return recent >= limits.perMinute() ? "budget.perMinute" : "";
    }

    private long reserved(ToolRules tool) {
        long budget = policy.rest().budget().resultBytes();
        if (budget == Long.MAX_VALUE) {
            return 0;
        }
        long asked = Math.min(tool.terms().result().maxBytes(), 1024 * 1024);
        return tool.terms().shadow() ? asked : Math.min(asked, budget - bytes());
    }

    long calls(String tool) {
        return history.stream()
                .filter(event -> event.counts() && event.tool.equals(tool))
                .count();
    }

    long cost() {
        return history.stream()
                .filter(Event::counts)
                .mapToLong(event -> event.terms.limits().cost())
                .sum();
    }

    private long bytes() {
        return history.stream()
                .mapToLong(
                        event -> !event.over ? event.reserved : event.left ? Math.min(event.bytes, event.reserved) : 0)
                .sum();
    }

    /** The conditions that are generated, each with what it means. */
    static final class Whens {
        private static final Map<String, When> ALL = new HashMap<>();

        interface Meaning {
            @Nullable
            Boolean holds(AccessRequest request, Map<String, String> labels, ReferenceInterpreter past);
        }

        /**
         * A condition.
         *
         * @param early whether it reads nothing but the caller and the environment
         */
        record When(boolean early, Meaning meaning) {
            @Nullable
            Boolean holds(AccessRequest request, Map<String, String> labels, ReferenceInterpreter past) {
                return meaning.holds(request, labels, past);
            }
        }

        static {
            ALL.put(
                    "caller.subject == \"alice\"",
                    new When(true, (request, _, _) -> request.caller().subject().equals("alice")));
            ALL.put("env.labels[\"x\"] == \"on\"", new When(true, (_, labels, _) -> "on".equals(labels.get("x"))));
            ALL.put("has(args.a) && args.a == \"ab\"", new When(false, (request, _, _) -> {
                Object a = request.arguments().get("a");
                return isTooWide(a) ? null : (Boolean) "ab".equals(a);
            }));
            ALL.put("!has(args.a) || args.a < 5", new When(false, (request, _, _) -> {
                Object a = request.arguments().get("a");
                return !request.arguments().containsKey("a") ? Boolean.TRUE : isTooWide(a) ? null : lessThanFive(a);
            }));
            ALL.put("episode.calls[\"t.one\"] < 2", new When(false, (_, _, past) -> past.calls("t.one") < 2));
            ALL.put("episode.cost > 3", new When(false, (_, _, past) -> past.cost() > 3));
            ALL.put(
                    "now < timestamp(\"2026-01-05T12:05:00Z\")",
                    new When(false, (request, _, _) -> request.now().isBefore(Instant.parse("2026-01-05T12:05:00Z"))));
        }

        private Whens() {}

        private static @Nullable Boolean lessThanFive(@Nullable Object value) {
            return value instanceof Number number ? (Boolean) (number.doubleValue() < 5) : null;
        }

        /** Whole numbers of more than 64 bits anywhere below are an error to CEL. */
        private static boolean isTooWide(@Nullable Object value) {
            return switch (value) {
                case java.math.BigInteger number -> number.bitLength() > 63;
                case List<?> list -> list.stream().anyMatch(Whens::isTooWide);
                case Map<?, ?> map -> map.values().stream().anyMatch(Whens::isTooWide);
                case null, default -> false;
            };
        }

        static When of(String text) {
            When when = ALL.get(text);
            if (when == null) {
                throw new IllegalArgumentException(text);
            }
            return when;
        }

        static List<String> texts() {
            return ALL.keySet().stream().sorted().toList();
        }
    }
}
