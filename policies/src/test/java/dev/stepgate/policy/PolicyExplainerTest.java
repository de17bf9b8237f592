package dev.stepgate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.Explanation.Outcome;
import dev.stepgate.policy.Explanation.Step;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.YamlRefused;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PolicyExplainerTest {
    private static final String SCHEMA = """
            { "type": "object", "required": [ "path" ], "properties": {
              "path": { "type": "string" }, "limit": { "type": "integer" } } }""";

    private static final String POLICY = """
            policy: { name: notes, version: 3 }
            env: e
            tools:
              u.read:
                scope: [ "tools:read" ]
                labels: { reads: private }
                allow:
                  - { id: inside, args: { path: { within: /w }, limit: { max: 5 } } }
                  - { id: admins, who: { roles: [ admin ] } }
                  - { id: few, when: 'args.path.size() / (args.path.size() - 4) < 1' }
                  - { id: mornings, window: { days: [ mon ], hours: "08:00-12:00", tz: UTC } }
                deny:
                  - { id: secrets, args: { path: { pattern: '.*secret.*' } } }
            """;

    private static final Caller AGENT = new Caller("a", Set.of("agent"));
    private static final Instant MONDAY_MORNING = Instant.parse("2026-11-23T09:00:00Z");
    private static final Instant MONDAY_NIGHT = Instant.parse("2026-11-23T23:00:00Z");

    private final PolicySet set = compiled();

    private static PolicySet compiled() {
        try {
            return PolicyCompiler.compile(
                    PolicyReader.read("p.yaml", POLICY),
                    EnvironmentFacts.of(List.of(new CatalogTool("u", "read", SCHEMA))));
        } catch (YamlRefused refused) {
            throw new AssertionError(refused.problems().toString(), refused);
        }
    }

    private Explanation explain(String tool, Map<String, @Nullable Object> arguments, Instant now) {
        AccessRequest request = new AccessRequest(AGENT, Surroundings.NONE, tool, arguments, EpisodeView.NEW, now);
        return new PolicyExplainer().explain(set, request);
    }

    @Test
    void saysOfEachPartHowItTookTheCall() {
        Explanation explanation = explain("u.read", Map.of("path", "/x/a", "limit", 9), MONDAY_NIGHT);
        assertThat(explanation.policy()).isEqualTo("notes@3");
        assertThat(explanation.decision()).isInstanceOf(Decision.Deny.class);
        assertThat(explanation.steps())
                .containsExactly(
                        new Step("tool", "u.read", Outcome.YES, ""),
                        new Step("schema", "u.read", Outcome.YES, ""),
                        new Step("deny", "secrets", Outcome.NO, "/path: not so that path matches .*secret.*"),
                        new Step("allow", "inside", Outcome.NO, "/path: not so that path is within /w"),
                        new Step("allow", "admins", Outcome.NO, "it does not speak of this caller"),
                        new Step(
                                "allow",
                                "few",
                                Outcome.ERROR,
                                "its `when` could not be evaluated: evaluation error at <input>:17: / by zero"),
                        new Step(
                                "allow",
                                "mornings",
                                Outcome.NO,
                                "outside of its window TimeWindow[days=[MONDAY], from=08:00, to=12:00, zone=UTC]"),
                        new Step("scope", "tools:read", Outcome.NO, ""));
    }

    @Test
    void saysWhichRulesHold() {
        Explanation explanation = explain("u.read", Map.of("path", "/w/secret", "limit", 5), MONDAY_MORNING);
        assertThat(explanation.steps())
                .contains(
                        new Step("deny", "secrets", Outcome.YES, ""),
                        new Step("allow", "inside", Outcome.YES, ""),
                        new Step("allow", "few", Outcome.NO, "its `when` does not hold"),
                        new Step("allow", "mornings", Outcome.YES, ""));
    }

    @Test
    void saysWhatArgumentsLack() {
        Explanation explanation = explain("u.read", Map.of("limit", 5), MONDAY_MORNING);
        assertThat(explanation.steps())
                .contains(new Step("schema", "u.read", Outcome.NO, "/path: expected a value: it is required"));
    }

    @Test
    void saysThatAToolIsNotNamed() {
        Explanation explanation = explain("u.write", Map.of(), MONDAY_MORNING);
        assertThat(explanation.steps())
                .containsExactly(new Step("tool", "u.write", Outcome.NO, "the policy does not name it"));
    }
}
