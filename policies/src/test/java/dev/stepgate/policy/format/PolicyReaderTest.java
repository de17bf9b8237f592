package dev.stepgate.policy.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stepgate.policy.Who;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyReaderTest {
    private static final String HEAD = "policy: { name: p, version: 3 }\nenv: e\n";

    @Test
    void readsEveryPart() throws YamlRefused {
        Policy policy = PolicyReader.read("p.yaml", HEAD + """
                tools:
                  t.call:
                    allow: [ { id: a, who: { roles: [r], subjects: [s] }, args: { x: { min: 1 } } } ]
                    deny: [ { id: b } ]
                """);

        assertThat(policy.name()).isEqualTo("p");
        assertThat(policy.version()).isEqualTo(3);
        assertThat(policy.environments()).isEqualTo("e");
        assertThat(policy.digest()).matches("sha256:[0-9a-f]{64}");
        assertThat(policy.tools()).singleElement().satisfies(tool -> {
            assertThat(tool.allow())
                    .singleElement()
                    .satisfies(rule -> assertThat(rule.who()).isEqualTo(new Who(Set.of("r"), Set.of("s"))));
            assertThat(tool.deny())
                    .singleElement()
                    .satisfies(rule -> assertThat(rule.who()).isEqualTo(Who.ANYONE));
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "window: { hours: '7-20', tz: UTC }        | `hours` must be an interval of a day",
                "window: { hours: '07:00-20:00' }          | `tz` is missing",
                "window: { tz: Europe/Nowhere }            | `Europe/Nowhere` is no time zone",
                "window: { days: [monday], tz: UTC }       | this is no day",
                "when: 5                                   | `when` must be a string, not a number",
                "args: { x: { sql: write } }               | `sql` can only be `read-only`",
                "args: { x: { url: { hosts: [a] } } }      | `url` names no `schemes`",
                "args: { x: { url: { schemes: [https] } } } | `url` names no `hosts`",
                "args: { x: { url: { schemes: [HTTPS], hosts: [a] } } } | `HTTPS` can stand for no URL",
                "args: { x: { url: { schemes: [https], hosts: ['a/b'] } } } | `a/b` can stand for no URL",
                "args: { x: { url: { schemes: [https], hosts: [a], ports: [0] } } } | this is no port",
                "who: { roles: [a], clients: [] }          | `clients` is empty and so names nobody"
            })
    void refusesAPartOfARule(String part, String message) {
        assertThat(messages(rule("id: r, " + part))).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "scope: [ 'a b' ]                   | `a b` is no OAuth scope",
                "scope: [ '*' ]                     | `*` is no OAuth scope",
                "limit: { perMinute: 0 }            | `perMinute` must be a whole number from 1 to 10000",
                "limit: { perEpisod: 1 }            | unknown key `perEpisod`",
                "approve: { ttl: 5m }               | `by` is missing",
                "approve: { by: a, ttl: 5 min }     | `ttl` must be a time of at most 24h",
                "approve: { by: a, ttl: 25h }       | `ttl` must be a time of at most 24h",
                "approve: { by: a, script: deny }   | a script answers only by `auto-script`",
                "result: { maxBytes: 0 }            | `maxBytes` must be a whole number from 1 to 4503599627370496",
                "result: { types: [ texts ] }       | `texts` is no content type",
                "result: { schema: check }          | `schema` can only be `enforce`",
                "result: { redact: [ { pointer: a } ] } | `a` is no JSON pointer",
                "result: { redact: [ {} ] }         | one item withholds one thing",
                "labels: { tier: rd }               | `rd` is no tier",
                "labels: { read: x }                | unknown key `read`",
                "enforce: false                     | `enforce` must be true or `shadow`",
                "allow: {}                          | `allow` must be a list, not a mapping"
            })
    void refusesATerm(String term, String message) {
        assertThat(messages(HEAD + "tools: { t.c: { " + term + " } }\n")).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "flows: [ { id: f, after: { reads: a } } ]              | a flow rule needs `after` and `block`",
                "flows: [ { id: f, after: { reads: a }, block: { sends: b }, unless: asked } ] | `unless` can only be `approved`",
                "budgets: { perDay: {} }                                | unknown key `perDay`",
                "budgets: { perEpisode: { calls: 0 } }                  | `calls` must be a whole number from 1 to 4503599627370496",
                "catalogue: { a: { digest: abc } }                      | `abc` is no digest",
                "modes: { test: {} }                                    | unknown key `test`",
                "modes: { training: { t.x: {} } }                       | the overlay speaks of `t.x`, which `tools` does not",
                "divergence: [ { tool: t } ]                            | `reason` is missing"
            })
    void refusesASection(String section, String message) {
        assertThat(messages(HEAD + section + "\n")).contains(message);
    }

    @ParameterizedTest
    @CsvSource({"allow", "deny", "scope", "labels"})
    void letsAModeChangeNothingOfTheInterface(String key) {
        assertThat(messages(HEAD + "tools: { t.c: {} }\nmodes: { training: { t.c: { " + key + ": [] } } }\n"))
                .contains("a mode may not change `" + key + "`");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id: r, args: { x: {} }                 | no constraint stands here",
                "id: r, args: { x: { max: a } }         | `max` must be a number, not a string",
                "id: r, args: { x: { maxLength: 1.5 } } | `maxLength` must be a whole number from 0 to 100000000",
                "id: r, args: { x: { maxItems: -1 } }   | `maxItems` must be a whole number from 0 to 100000000",
                "id: r, args: { x: { in: [] } }         | `in` must be a list of at least one value",
                "id: r, args: { x: { not: [] } }        | `not` must be a list of at least one value",
                "id: r, args: { x: { absent: false } }  | `absent` can only be true",
                "id: r, args: { x: { pattern: 1 } }     | `pattern` must be a string, not a number",
                "id: r, args: { x: { Max: 1 } }         | unknown key `Max`",
                "id: r, args: [ x ]                     | a mapping was expected, not a list",
                "id: r, args: null                      | a mapping was expected, not null",
                "id: r, who: {}                         | `who` names nobody",
                "id: r, who: { roles: [] }              | `who` names nobody",
                "id: r, who: { roles: [1] }             | an item of `roles` must be a string, not a number",
                "args: {}                               | `id` is missing",
                "id: 1                                  | `id` must be a string, not a number",
                "id: r, ars: {}                         | unknown key `ars`"
            })
    void refusesARule(String rule, String message) {
        assertThat(messages(rule(rule))).contains(message);
    }

    @Test
    void refusesTheSameRuleIdTwiceInOneTool() {
        assertThat(messages(HEAD + "tools: { t.c: { allow: [ { id: r } ], deny: [ { id: r } ] } }"))
                .containsExactly("rule `r` stands here twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"call", ".call", "t.", "."})
    void refusesWhatIsNoTool(String key) {
        assertThat(messages(HEAD + "tools: { " + key + ": {} }")).containsExactly("`" + key + "` is no tool");
    }

    @Test
    void reportsEveryProblemAtOnce() {
        assertThat(refusal("policy: { version: 0 }\ntols: 1\n").problems())
                .extracting(Problem::toString)
                .containsExactlyInAnyOrder(
                        "p.yaml:2:1: unknown key `tols` (did you mean `tools`?)",
                        "p.yaml:1:9: `name` is missing",
                        "p.yaml:1:20: `version` must be a whole number from 1 to 2147483647",
                        "p.yaml:1:1: `env` is missing");
    }

    private static String rule(String rule) {
        return HEAD + "tools: { t.c: { allow: [ { " + rule + " } ] } }\n";
    }

    private static List<String> messages(String text) {
        return refusal(text).problems().stream().map(Problem::message).toList();
    }

    private static YamlRefused refusal(String text) {
        return catchThrowableOfType(YamlRefused.class, () -> PolicyReader.read("p.yaml", text));
    }
}
