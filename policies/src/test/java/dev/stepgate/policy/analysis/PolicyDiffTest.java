package dev.stepgate.policy.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.Caller;
import dev.stepgate.policy.analysis.PolicyDiff.Difference;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.YamlRefused;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyDiffTest {
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},\"s\":{\"type\":\"string\"}}}";
    private static final EnvironmentFacts FACTS =
            EnvironmentFacts.of(List.of(new CatalogTool("t", "a", SCHEMA), new CatalogTool("t", "b", SCHEMA)));
    private static final Caller AGENT = new Caller("runner", Set.of("agent"));

    private static final String BEFORE = """
            t.a:
                allow: [ { id: low, args: { n: { max: 5 } } }, { id: old, args: { s: { const: x } } } ]
                limit: { perEpisode: 3 }
              t.b: { allow: [ { id: any } ] }
            """;

    @Test
    void findsNoDifferenceBetweenAPolicyAndItsLikeInAnotherOrder() throws YamlRefused {
        PolicyDiff diff = diff(BEFORE, """
                t.b: { allow: [ { id: any } ] }
                  t.a:
                    limit: { perEpisode: 3 }
                    allow: [ { id: old, args: { s: { const: x } } }, { id: low, args: { n: { max: 5 } } } ]
                """);

        assertThat(diff.rules()).isEmpty();
        assertThat(diff.generated(2_000, AGENT)).isEmpty();
    }

    @Test
    void namesRulesThatCameWentAndChanged() throws YamlRefused {
        PolicyDiff diff = diff(BEFORE, """
                t.a:
                    allow: [ { id: low, args: { n: { max: 6 } } }, { id: new, args: { s: { const: y } } } ]
                    deny: [ { id: never, when: 'has(args.n) && args.n == 3' } ]
                    limit: { perEpisode: 4 }
                  t.b: { allow: [ { id: any, who: { roles: [ admin ] } } ] }
                """);

        assertThat(diff.rules())
                .containsExactly(
                        "~ t.a allow low",
                        "+ t.a allow new",
                        "- t.a allow old",
                        "+ t.a deny never",
                        "~ t.b allow any",
                        "~ t.a terms");
    }

    @Test
    void showsCallsThatAreDecidedDifferently() throws YamlRefused {
        List<Difference> found = diff(
                        BEFORE, BEFORE.replace("max: 5", "max: 6").replace("t.b: { allow: [ { id: any } ] }", ""))
                .generated(4_000, AGENT);

        assertThat(found)
                .anySatisfy(one -> {
                    assertThat(one.tool()).isEqualTo("t.a");
                    assertThat(one.arguments()).contains("\"n\":6");
                    assertThat(one.before()).isEqualTo("deny args.constraint");
                    assertThat(one.after()).isEqualTo("allow");
                })
                .anySatisfy(one -> {
                    assertThat(one.tool()).isEqualTo("t.b");
                    assertThat(one.before()).isEqualTo("allow");
                    assertThat(one.after()).isEqualTo("deny tool.unknown");
                })
                .allSatisfy(one -> assertThat(one.before()).isNotEqualTo(one.after()));
        assertThat(found.stream().filter(one -> one.tool().equals("t.a")).count())
                .isLessThanOrEqualTo(3);
        assertThat(diff(BEFORE, BEFORE).compare("t.a", Map.of("n", 6), AGENT)).isEmpty();
    }

    @Test
    void tellsAnApprovalFromAnAllow() throws YamlRefused {
        PolicyDiff diff = diff(BEFORE, BEFORE.replace("{ id: any } ]", "{ id: any } ], approve: { by: sre }"));

        assertThat(diff.compare("t.b", Map.of(), AGENT)).contains(new Difference("t.b", "{}", "allow", "approval"));
    }

    @Test
    void replaysCallsAfterWhatTheirRunHadMade() throws YamlRefused {
        String next = BEFORE.replace(
                        "{ id: any } ]", "{ id: any, when: 'episode.calls[\"t.a\"] == 1 && episode.cost == 7' } ]")
                .replace("perEpisode: 3", "perEpisode: 3, cost: 7");
        List<RecordedCall> calls = List.of(
                call("one", "t.b", true),
                call("one", "t.a", true),
                call("other", "t.b", true),
                call("one", "t.a", false),
                call("one", "t.b", true));

        assertThat(diff(BEFORE, next).replayed(calls, AGENT))
                .containsExactly(
                        new Difference("t.b", "{}", "allow", "deny policy.denied"),
                        new Difference("t.b", "{}", "allow", "deny policy.denied"));
        assertThat(diff(BEFORE, next).replayed(calls.subList(3, 5), AGENT)).hasSize(1);
        assertThat(diff(next, next).replayed(calls, AGENT)).isEmpty();
    }

    @Test
    void replaysFlows() throws YamlRefused {
        String labelled =
                "t.a: { allow: [ { id: r } ], labels: { reads: x } }\n  t.b: { allow: [ { id: s } ], labels: { sends: y } }\n";
        String flow = "flows: [ { id: f, after: { reads: x }, block: { sends: y } } ]\n";
        List<RecordedCall> calls =
                List.of(call("one", "t.b", true), call("one", "t.a", true), call("one", "t.b", true));

        assertThat(diff(labelled, labelled + flow).replayed(calls, AGENT))
                .containsExactly(new Difference("t.b", "{}", "allow", "deny flow.blocked"));
    }

    private static RecordedCall call(String run, String tool, boolean made) {
        return new RecordedCall(run, tool, Map.of(), made, "", "");
    }

    private static PolicyDiff diff(String before, String after) throws YamlRefused {
        return new PolicyDiff(policy(before), policy(after), FACTS);
    }

    private static Policy policy(String tools) throws YamlRefused {
        return PolicyReader.read("p.yaml", "policy: { name: p, version: 1 }\nenv: e\ntools:\n  " + tools);
    }
}
