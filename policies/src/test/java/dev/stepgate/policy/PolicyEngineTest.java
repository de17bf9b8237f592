package dev.stepgate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.Decision.Allow;
import dev.stepgate.policy.Decision.Deny;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PolicyEngineTest {
    private static final Caller AGENT = new Caller("alice", Set.of("agent"));
    private static final ArgumentsSchema ANYTHING = _ -> Optional.empty();
    private static final ArgumentCheck HOLDS = _ -> Optional.empty();
    private static final ArgumentCheck SECRET_PATH_BREAKS = _ -> Optional.of("/path");
    private static final ArgumentCheck FAILS = _ -> {
        throw new IllegalStateException("secret-rule went wrong");
    };
    private static final ArgumentCheck OVERFLOWS = _ -> {
        throw new StackOverflowError();
    };

    private final PolicyEngine engine = new PolicyEngine();

    @Test
    void deniesEveryToolOfAnEmptyPolicyAsUnknown() {
        assertThat(engine.decide(PolicySet.nothing(), request("fs.read")))
                .isEqualTo(new Deny(DenyCode.TOOL_UNKNOWN, List.of(), null, "unknown tool"));
    }

    @Test
    void answersTheSameForAHiddenToolAsForOneThatDoesNotExist() {
        PolicySet set = set(tool(List.of(rule("for-admins", roles("admin"), HOLDS)), List.of()));

        assertThat(engine.decide(set, request("fs.read"))).isEqualTo(engine.decide(set, request("fs.nowhere")));
        assertThat(set.shows(AGENT, "fs.read")).isFalse();
        assertThat(set.shows(AGENT, "fs.nowhere")).isFalse();
    }

    @Test
    void hidesAToolThatIsNamedWithoutAnAllowRule() {
        PolicySet set = set(tool(List.of(), List.of(rule("never", Who.ANYONE, HOLDS))));

        assertThat(code(set)).isEqualTo(DenyCode.TOOL_UNKNOWN);
        assertThat(set.shows(AGENT, "fs.read")).isFalse();
    }

    @Test
    void showsAToolThatSomeArgumentsMayCall() {
        PolicySet set = set(tool(List.of(rule("some", Who.ANYONE, SECRET_PATH_BREAKS)), List.of()));

        assertThat(set.shows(AGENT, "fs.read")).isTrue();
    }

    @Test
    void saysNothingOfArgumentsToWhomTheToolIsHidden() {
        ArgumentsSchema refusing = _ -> Optional.of(new ArgumentsSchema.Mismatch("/path", "type string"));
        PolicySet set = set(new CompiledTool(refusing, List.of(rule("a", roles("admin"), HOLDS)), List.of()));

        assertThat(code(set)).isEqualTo(DenyCode.TOOL_UNKNOWN);
    }

    @Test
    void allowsWhatARuleAllows() {
        PolicySet set = set(tool(List.of(rule("reads", Who.ANYONE, HOLDS)), List.of()));

        assertThat(engine.decide(set, request("fs.read")))
                .isEqualTo(new Allow(List.of("reads"), ToolTerms.NONE, null, null));
    }

    @Test
    void allowsByARuleWithoutChecks() {
        PolicySet set = set(tool(List.of(new CompiledRule("all", Who.ANYONE, List.of())), List.of()));

        assertThat(engine.decide(set, request("fs.read"))).isInstanceOf(Allow.class);
    }

    @Test
    void deniesCallWhenNoRuleAllows() {
        PolicySet set = set(tool(List.of(rule("r", Who.ANYONE, SECRET_PATH_BREAKS)), List.of()));

        assertThat(engine.decide(set, request("fs.read")))
                .isEqualTo(new Deny(
                        DenyCode.ARGS_CONSTRAINT, List.of(), "/path", "value not allowed by environment policy"));
    }

    @Test
    void deniesCallWhenOneOfTwoChecksBreaks() {
        PolicySet set =
                set(tool(List.of(new CompiledRule("r", Who.ANYONE, List.of(HOLDS, SECRET_PATH_BREAKS))), List.of()));

        assertThat(code(set)).isEqualTo(DenyCode.ARGS_CONSTRAINT);
    }

    @Test
    void letsDenyBeatAllow() {
        PolicySet set = set(tool(List.of(rule("yes", Who.ANYONE, HOLDS)), List.of(rule("no", Who.ANYONE, HOLDS))));

        assertThat(engine.decide(set, request("fs.read")))
                .isEqualTo(new Deny(DenyCode.POLICY_DENIED, List.of("no"), null, "not allowed by environment policy"));
    }

    @Test
    void passesOverADenyRuleThatDoesNotHold() {
        List<CompiledRule> deny =
                List.of(rule("args", Who.ANYONE, SECRET_PATH_BREAKS), rule("other", roles("robot"), HOLDS));
        PolicySet set = set(tool(List.of(rule("yes", Who.ANYONE, HOLDS)), deny));

        assertThat(engine.decide(set, request("fs.read"))).isInstanceOf(Allow.class);
    }

    @Test
    void decidesTheSameInWhateverOrderRulesStand() {
        List<CompiledRule> rules = List.of(
                rule("a", Who.ANYONE, SECRET_PATH_BREAKS),
                rule("b", roles("robot"), HOLDS),
                rule("c", roles("agent"), HOLDS),
                rule("d", new Who(Set.of(), Set.of("bob")), HOLDS));
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            List<CompiledRule> allow = someOf(rules, random);
            List<CompiledRule> deny = someOf(rules, random);
            @Nullable DenyCode expected = code(set(tool(allow, deny)));
            Collections.shuffle(allow, random);
            Collections.shuffle(deny, random);

            assertThat(code(set(tool(allow, deny)))).isEqualTo(expected);
        }
    }

    @Test
    void asksForOneOfTheRolesAndOneOfTheSubjects() {
        Who both = new Who(Set.of("agent", "tester"), Set.of("alice", "carol"));

        assertThat(both.includes(AGENT)).isTrue();
        assertThat(both.includes(new Caller("carol", Set.of("tester", "other"))))
                .isTrue();
        assertThat(both.includes(new Caller("bob", Set.of("agent")))).isFalse();
        assertThat(both.includes(new Caller("alice", Set.of("other")))).isFalse();
        assertThat(both.includes(new Caller("alice", Set.of()))).isFalse();
        assertThat(both.includes(new Caller("Alice", Set.of("agent")))).isFalse();
    }

    @Test
    void asksNobodyForNothing() {
        assertThat(Who.ANYONE.includes(new Caller("", Set.of()))).isTrue();
        assertThat(roles("agent").includes(new Caller("agent", Set.of()))).isFalse();
    }

    @Test
    void saysWhereArgumentsDoNotFitAndWhatWasExpected() {
        ArgumentsSchema refusing = _ -> Optional.of(new ArgumentsSchema.Mismatch("/path", "type string"));
        PolicySet set = set(new CompiledTool(refusing, List.of(rule("yes", Who.ANYONE, HOLDS)), List.of()));

        assertThat(engine.decide(set, request("fs.read")))
                .isEqualTo(new Deny(DenyCode.ARGS_SCHEMA, List.of(), "/path", "expected type string"));
    }

    @Test
    void deniesWhenACheckFails() {
        for (ArgumentCheck check : List.of(FAILS, OVERFLOWS)) {
            PolicySet allow = set(tool(List.of(rule("secret-rule", Who.ANYONE, check)), List.of()));
            PolicySet deny =
                    set(tool(List.of(rule("yes", Who.ANYONE, HOLDS)), List.of(rule("secret-rule", Who.ANYONE, check))));

            assertThat(code(allow)).isEqualTo(DenyCode.POLICY_ERROR);
            assertThat(code(deny)).isEqualTo(DenyCode.POLICY_ERROR);
        }
    }

    @Test
    void deniesWhenASchemaFails() {
        ArgumentsSchema failing = _ -> {
            throw new UnsupportedOperationException();
        };
        PolicySet set = set(new CompiledTool(failing, List.of(rule("yes", Who.ANYONE, HOLDS)), List.of()));

        assertThat(code(set)).isEqualTo(DenyCode.POLICY_ERROR);
    }

    @Test
    void namesNoRuleToTheAgent() {
        List<CompiledTool> tools = List.of(
                tool(List.of(rule("secret-rule", Who.ANYONE, FAILS)), List.of()),
                tool(List.of(rule("secret-rule", Who.ANYONE, SECRET_PATH_BREAKS)), List.of()),
                tool(List.of(rule("secret-rule", roles("secret-role"), HOLDS)), List.of()),
                tool(List.of(rule("yes", Who.ANYONE, HOLDS)), List.of(rule("secret-rule", Who.ANYONE, HOLDS))));

        for (CompiledTool tool : tools) {
            assertThat(engine.decide(set(tool), request("fs.read")))
                    .isInstanceOfSatisfying(
                            Deny.class,
                            deny -> assertThat(deny.agentText()).isNotBlank().doesNotContain("secret"));
        }
    }

    @Test
    void keepsTheWireNamesOfItsCodes() {
        assertThat(DenyCode.values())
                .extracting(DenyCode::wireName)
                .containsExactly(
                        "tool.unknown",
                        "args.schema",
                        "args.constraint",
                        "policy.denied",
                        "policy.error",
                        "scope.missing",
                        "flow.blocked",
                        "budget.perEpisode",
                        "budget.perMinute",
                        "budget.concurrent",
                        "budget.calls",
                        "budget.cost",
                        "budget.resultBytes",
                        "budget.sameArgs",
                        "approval.required",
                        "approval.refused");
    }

    private @Nullable DenyCode code(PolicySet set) {
        return engine.decide(set, request("fs.read")) instanceof Deny deny ? deny.code() : null;
    }

    private static List<CompiledRule> someOf(List<CompiledRule> rules, Random random) {
        List<CompiledRule> some = new ArrayList<>(rules);
        some.removeIf(_ -> random.nextBoolean());
        return some;
    }

    private static PolicySet set(CompiledTool tool) {
        return new PolicySet("test", 1, "", Map.of("fs.read", tool));
    }

    private static CompiledTool tool(List<CompiledRule> allow, List<CompiledRule> deny) {
        return new CompiledTool(ANYTHING, allow, deny);
    }

    private static CompiledRule rule(String id, Who who, ArgumentCheck check) {
        return new CompiledRule(id, who, List.of(check));
    }

    private static Who roles(String role) {
        return new Who(Set.of(role), Set.of());
    }

    private static AccessRequest request(String tool) {
        return new AccessRequest(AGENT, tool, new LinkedHashMap<>());
    }
}
