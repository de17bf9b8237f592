package dev.stepgate.policy.testing;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Admission;
import dev.stepgate.policy.ApprovalTerms;
import dev.stepgate.policy.CallerLedger;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.DenyCode;
import dev.stepgate.policy.EpisodeLedger;
import dev.stepgate.policy.Explanation;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicyExplainer;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.Surroundings;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.testing.TestFile.Call;
import dev.stepgate.policy.testing.TestFile.Case;
import dev.stepgate.policy.testing.TestFile.Expected;
import dev.stepgate.policy.testing.TestFile.Scene;
import dev.stepgate.policy.testing.TestFile.Verdict;
import dev.stepgate.yaml.YamlRefused;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Runs a test file against a policy. For one run and one thread. */
public final class PolicyTests {
    private final Policy policy;
    private final EnvironmentFacts facts;
    private final TestFile tests;
    private final PolicyEngine engine = new PolicyEngine();
    private final Map<Mode, PolicySet> sets = new EnumMap<>(Mode.class);
    private final Set<String> decided = new HashSet<>();

    private PolicyTests(Policy policy, EnvironmentFacts facts, TestFile tests) {
        this.policy = policy;
        this.facts = facts;
        this.tests = tests;
    }

    /**
     * Runs every case in each of its modes, then looks at coverage and at generated calls.
     *
     * @throws YamlRefused when the policy does not compile in a mode that a case asks for
     */
    public static List<TestResult> run(Policy policy, EnvironmentFacts facts, TestFile tests) throws YamlRefused {
        PolicyTests run = new PolicyTests(policy, facts, tests);
        List<TestResult> results = new ArrayList<>();
        for (Case one : tests.cases()) {
            for (Mode mode : one.scene().modes()) {
                results.add(run.check(one, mode));
            }
        }
        if (tests.coverage() > 0) {
            results.add(run.coverage());
        }
        if (tests.generated().isPresent()) {
            results.add(new NeverOutside(policy, facts, tests.generated().get()).check());
        }
        return results;
    }

    private TestResult check(Case one, Mode mode) throws YamlRefused {
        PolicySet set = set(mode);
        EpisodeLedger episode = new EpisodeLedger();
        CallerLedger caller = new CallerLedger();
        String name = one.name() + " [" + mode.key() + "]";
        for (Call before : one.before()) {
            Admission made = engine.admit(set, request(before, one.scene(), mode), episode, caller);
            if (!(made instanceof Admission.Granted granted)) {
                return new TestResult(one.place(), name, "the call of `" + before.tool() + "` before it is not made");
            }
            granted.reservation().settle(0);
        }
        AccessRequest request = request(one.call(), one.scene(), mode);
        Admission last = engine.admit(set, request, episode, caller);
        for (long i = 1; i < one.repeat(); i++) {
            if (last instanceof Admission.Granted granted) {
                granted.reservation().settle(0);
            }
            last = engine.admit(set, request, episode, caller);
        }
        noteRules(set, request.in(episode), last);
        return new TestResult(one.place(), name, difference(one.verdict(), last, set, request.in(episode)));
    }

    /** A deny by a rule that hides the tool is decided by it as well. */
    private void noteRules(PolicySet set, AccessRequest request, Admission admission) {
        Decision decision = decision(admission);
        decision.decidingRules().forEach(rule -> decided.add(request.tool() + " " + rule));
        if (decision instanceof Decision.Deny deny && deny.code() == DenyCode.TOOL_UNKNOWN) {
            for (Explanation.Step step :
                    new PolicyExplainer().explain(set, request).steps()) {
                if (step.kind().equals("deny") && step.outcome() == Explanation.Outcome.YES) {
                    decided.add(request.tool() + " " + step.id());
                }
            }
        }
    }

    private static Decision decision(Admission admission) {
        return switch (admission) {
            case Admission.Granted granted -> granted.allow();
            case Admission.Denied denied -> denied.deny();
        };
    }

    private static String difference(Verdict verdict, Admission admission, PolicySet set, AccessRequest request) {
        Expected actual = actual(admission);
        Decision decision = decision(admission);
        String code = decision instanceof Decision.Deny deny ? deny.code().wireName() : "";
        String field = decision instanceof Decision.Deny deny && deny.field() != null ? deny.field() : "";
        if (actual != verdict.expected()) {
            return "expected " + word(verdict.expected()) + ", it is " + word(actual)
                    + (code.isEmpty() ? "" : " " + code);
        }
        if (!verdict.code().isEmpty() && !verdict.code().equals(code)) {
            return "expected code " + verdict.code() + ", it is " + (code.isEmpty() ? "none" : code);
        }
        if (!verdict.field().isEmpty() && !verdict.field().equals(field)) {
            return "expected field " + verdict.field() + ", it is " + (field.isEmpty() ? "none" : field);
        }
        boolean decides = verdict.rule().isEmpty()
                || decision.decidingRules().contains(verdict.rule())
                || (actual == Expected.UNKNOWN && hides(verdict.rule(), set, request));
        return decides ? "" : "expected rule " + verdict.rule() + " to decide, it is " + decision.decidingRules();
    }

    private static boolean hides(String rule, PolicySet set, AccessRequest request) {
        return new PolicyExplainer()
                .explain(set, request).steps().stream()
                        .anyMatch(step -> step.kind().equals("deny")
                                && step.id().equals(rule)
                                && step.outcome() == Explanation.Outcome.YES);
    }

    private static String word(Expected expected) {
        return expected.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static Expected actual(Admission admission) {
        return switch (admission) {
            case Admission.Denied denied ->
                denied.deny().code() == DenyCode.TOOL_UNKNOWN ? Expected.UNKNOWN : Expected.DENY;
            case Admission.Granted granted -> {
                ApprovalTerms approval = granted.allow().approval();
                yield approval == null
                        ? Expected.ALLOW
                        : switch (approval.script()) {
                            case NONE -> Expected.APPROVAL;
                            case APPROVE -> Expected.ALLOW;
                            case DENY -> Expected.DENY;
                        };
            }
        };
    }

    private AccessRequest request(Call call, Scene scene, Mode mode) {
        return new AccessRequest(
                scene.caller(),
                new Surroundings(tests.environment(), mode, scene.labels()),
                call.tool(),
                call.arguments(),
                dev.stepgate.policy.EpisodeView.NEW,
                scene.now());
    }

    private PolicySet set(Mode mode) throws YamlRefused {
        PolicySet set = sets.get(mode);
        if (set == null) {
            set = PolicyCompiler.compile(policy, facts.in(mode));
            sets.put(mode, set);
        }
        return set;
    }

    private TestResult coverage() {
        Set<String> all = new TreeSet<>();
        policy.tools().forEach(tool -> {
            tool.allow().forEach(rule -> all.add(tool.key() + " " + rule.id()));
            tool.deny().forEach(rule -> all.add(tool.key() + " " + rule.id()));
        });
        long hit = all.stream().filter(decided::contains).count();
        boolean enough = hit * 100 >= (long) tests.coverage() * all.size();
        all.removeAll(decided);
        return new TestResult(
                tests.place(),
                "coverage",
                enough ? "" : hit + " rules decide a case, these do not: " + String.join(", ", all));
    }
}
