package dev.stepgate.policy.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.YamlRefused;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyAnalysisTest {
    private static final String SCHEMA = """
            { "type": "object", "required": [ "s", "n", "k", "l" ], "properties": {
              "s": { "type": "string" }, "n": { "type": "integer", "minimum": 10, "maximum": 20 },
              "k": { "type": "string", "enum": [ "a", "b" ] }, "opt": { "type": "integer" },
              "set": { "type": "integer", "default": 5 }, "l": { "type": "array", "items": { "type": "integer" } } } }""";

    private static final EnvironmentFacts FACTS = EnvironmentFacts.of(List.of(
            new CatalogTool("t", "a", SCHEMA), new CatalogTool("t", "b", SCHEMA), new CatalogTool("t", "c", SCHEMA)));

    @Test
    void findsNothingInAPlainPolicy() throws YamlRefused {
        assertThat(findings("allow: [ { id: x, args: { s: { within: /w }, n: { min: 11, max: 19 } } } ]"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n: { min: 15, max: 14 }",
                "n: { in: [ 11, 12 ], not: [ 12, 11, 13 ] }",
                "n: { in: [ 11, 12 ], min: 13 }",
                "n: { in: [ 11, 12 ], max: 10 }",
            })
    void provesThatNothingMeetsARule(String args) throws YamlRefused {
        assertThat(findings("allow: [ { id: never, args: { " + args + " } } ]")).anySatisfy(finding -> {
            assertThat(finding.certainty()).isEqualTo(Finding.Certainty.PROOF);
            assertThat(finding.message()).startsWith("no value of `n` meets rule `never`: ");
            assertThat(finding.place().toString()).isEqualTo("p.yaml:5:35");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n: { min: 15, max: 15 }",
                "n: { in: [ 11, 12 ], not: [ 12 ] }",
                "n: { in: [ 11, 12 ], min: 12 }",
                "n: { in: [ 11, 12 ], max: 11 }",
                "n: { min: 20 }",
                "n: { max: 10 }",
                "k: { in: [ b, c ] }",
                "'l[]': { min: 1, max: 1 }",
                "set: { min: 5 }",
                "opt: { absent: true }",
            })
    void staysSilentWhereSomethingDoes(String args) throws YamlRefused {
        assertThat(findings("allow: [ { id: some, args: { " + args + " } } ]")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"n: { min: 21 }", "n: { max: 9 }", "k: { in: [ c, d ] }"})
    void provesThatTheSchemaAdmitsNoValue(String args) throws YamlRefused {
        assertThat(messages("allow: [ { id: never, args: { " + args + " } } ]"))
                .singleElement()
                .asString()
                .startsWith(
                        "the schema admits no value of `" + args.charAt(0) + "` that meets rule `never`: the schema");
    }

    @Test
    void hintsAtAnArgumentThatACallMayLeaveOut() throws YamlRefused {
        assertThat(findings("allow: [ { id: r, args: { opt: { max: 5 } } } ]"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.certainty()).isEqualTo(Finding.Certainty.HINT);
                    assertThat(finding.toString())
                            .contains("leave `opt` out")
                            .contains("[hint]")
                            .contains("has(args.opt)");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // wide, then narrow
                "{} | n: { min: 12 }",
                "n: { min: 12 } | n: { min: 13 }",
                "n: { min: 12 } | n: { in: [ 12, 15 ] }",
                "n: { max: 15 } | n: { max: 14 }",
                "n: { max: 15 } | n: { in: [ 15 ] }",
                "s: { maxLength: 9 } | s: { maxLength: 9, pattern: a }",
                "l: { maxItems: 3 } | l: { maxItems: 2 }",
                "k: { in: [ a, b ] } | k: { in: [ b ] }",
                "k: { not: [ a ] } | k: { not: [ a, b ] }",
                "s: { within: /w } | s: { within: /w/x }",
                "s: { pattern: a } | s: { pattern: a }",
                "opt: { absent: true } | opt: { absent: true }",
                "s: { sql: read-only } | s: { sql: read-only }",
            })
    void findsRulesThatAreCovered(String pair) throws YamlRefused {
        String wide = pair.substring(0, pair.indexOf('|')).strip();
        String narrow = pair.substring(pair.indexOf('|') + 1).strip();

        assertThat(sound("allow: [ " + rule("wide", wide) + ", " + rule("narrow", narrow) + " ]"))
                .containsExactly("rule `narrow` allows nothing that `wide` does not");
        assertThat(sound("allow: [ " + rule("allowed", narrow) + " ]\n    deny: [ " + rule("denied", wide) + " ]"))
                .containsExactly("everything that rule `allowed` allows is denied by `denied`");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n: { min: 13 } | n: { min: 12 }",
                "n: { min: 13 } | n: { max: 15 }",
                "n: { min: 12 } | n: { in: [ 11, 15 ] }",
                "n: { max: 14 } | n: { max: 15 }",
                "n: { max: 15 } | n: { in: [ 16 ] }",
                "s: { maxLength: 8 } | s: { maxLength: 9 }",
                "l: { maxItems: 2 } | l: { maxItems: 3 }",
                "k: { in: [ b ] } | k: { in: [ a, b ] }",
                "k: { not: [ a, b ] } | k: { not: [ a ] }",
                "s: { within: /w/x } | s: { within: /w }",
                "s: { within: /w } | s: { within: /wx }",
                "s: { pattern: a } | s: { pattern: b }",
                "n: { min: 12 } | s: { maxLength: 5 }",
            })
    void staysSilentOnRulesThatAreNot(String pair) throws YamlRefused {
        String one = pair.substring(0, pair.indexOf('|')).strip();
        String other = pair.substring(pair.indexOf('|') + 1).strip();

        assertThat(sound("allow: [ " + rule("allowed", other) + " ]\n    deny: [ " + rule("denied", one) + " ]"))
                .isEmpty();
    }

    @Test
    void takesWhoWhenAndWindowIntoAccount() throws YamlRefused {
        String window = "window: { days: [ mon ], hours: \"07:00-20:00\", tz: UTC }";
        assertThat(sound("allow: [ { id: a, who: { roles: [ x ] } }, { id: b, who: { roles: [ y ] } } ]"))
                .isEmpty();
        assertThat(sound("allow: [ { id: a }, { id: b, who: { roles: [ y ] } } ]"))
                .hasSize(1);
        assertThat(sound("allow: [ { id: a, when: 'args.n > 1' }, { id: b } ]"))
                .containsExactly("rule `a` allows nothing that `b` does not");
        assertThat(sound("allow: [ { id: a, when: 'args.n > 1' }, { id: b, when: 'args.n > 2' } ]"))
                .isEmpty();
        assertThat(sound("allow: [ { id: a, " + window + " }, { id: b, " + window + " } ]"))
                .hasSize(1);
        assertThat(sound("allow: [ { id: a, " + window + " } ]\n    deny: [ { id: b } ]"))
                .hasSize(1);
        assertThat(sound("allow: [ { id: a } ]\n    deny: [ { id: b, " + window + " } ]"))
                .isEmpty();
    }

    @Test
    void namesOnlyTheLaterOfTwoEqualRules() throws YamlRefused {
        assertThat(sound("allow: [ { id: a }, { id: b } ]"))
                .containsExactly("rule `b` allows nothing that `a` does not");
    }

    @Test
    void provesThatDenyRulesAloneDecideNothing() throws YamlRefused {
        assertThat(messages("deny: [ { id: a } ]"))
                .containsExactly("no rule allows `t.a`, so its deny rules decide nothing");
    }

    @Test
    void provesThatPrivateDataCouldLeave() throws YamlRefused {
        String tools =
                "allow: [ { id: a } ]\n    labels: { reads: x }\n  t.b: { allow: [ { id: a } ], labels: { brings: y } }\n"
                        + "  t.c: { allow: [ { id: a } ], labels: { sends: z } }";
        String flow = "\nflows: [ { id: f, after: { reads: x }, and: { brings: y }, block: { sends: z } } ]";

        assertThat(messages(tools)).singleElement().asString().contains("no flow rule stands between");
        assertThat(messages(tools.replace("sends: z", "tier: write"))).isEmpty();
        assertThat(messages(tools + flow)).isEmpty();
        assertThat(messages(tools + flow.replace("block: { sends: z }", "block: { sends: q }")))
                .containsExactly("no tool carries `sends: q`, which flow rule `f` speaks of");
    }

    @Test
    void hintsAtModesThatDenyDifferently() throws YamlRefused {
        String base = "allow: [ { id: a } ]\n";
        List<String> differing = List.of(
                "{ limit: { perEpisode: 5 } }",
                "{ enforce: shadow }",
                "{ approve: { by: auto-script, script: approve } }");
        for (String overlay : differing) {
            String modes = base + "modes: { training: { t.a: " + overlay + " } }\n";
            assertThat(messages(modes)).as(overlay).singleElement().asString().contains("denied differently");
            assertThat(messages(modes + "divergence: [ { tool: t.a, reason: because } ]\n"))
                    .isEmpty();
        }
        assertThat(messages(base + "modes: { training: { t.a: { result: { redact: [ { detector: iban } ] } } } }\n"))
                .isEmpty();
    }

    private static String rule(String id, String args) {
        return "{ id: " + id + (args.equals("{}") ? "" : ", args: { " + args + " }") + " }";
    }

    private static List<String> sound(String tool) throws YamlRefused {
        return findings(tool).stream()
                .filter(finding -> finding.certainty() == Finding.Certainty.SOUND)
                .map(Finding::message)
                .toList();
    }

    private static List<String> messages(String tool) throws YamlRefused {
        return findings(tool).stream().map(Finding::message).toList();
    }

    private static List<Finding> findings(String tool) throws YamlRefused {
        Policy policy = PolicyReader.read(
                "p.yaml", "policy: { name: p, version: 1 }\nenv: e\ntools:\n  t.a:\n    " + tool + "\n");
        PolicyCompiler.compile(policy, FACTS);
        return PolicyAnalysis.of(policy, FACTS);
    }
}
