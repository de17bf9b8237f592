package dev.stepgate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.YamlRefused;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompiledToolTest {
    private static final String SCHEMA = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}";
    private static final Caller AGENT = new Caller("a", Set.of("agent"));

    private static CompiledTool tool(String rules) throws YamlRefused {
        String text = "policy: { name: p, version: 1 }\nenv: e\ntools:\n  u.t:\n    "
                + rules.replace(" deny", "\n    deny") + "\n";
        PolicySet set =
                PolicyCompiler.compile(PolicyReader.read("p.yaml", text), List.of(new CatalogTool("u", "t", SCHEMA)));
        return Objects.requireNonNull(set.tools().get("u.t"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "allow: [ { id: a } ] | false",
                "allow: [ { id: a, when: 'env.name == \"e\"' } ] | false",
                "allow: [ { id: a, when: 'episode.calls[\"u.t\"] < 2' } ] | true",
                "allow: [ { id: a } ] deny: [ { id: d, when: 'episode.calls[\"u.t\"] > 2' } ] | true"
            })
    void knowsWhetherADecisionReadsHistory(String rules, boolean reads) throws YamlRefused {
        assertThat(tool(rules).readsHistory()).isEqualTo(reads);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "allow: [ { id: a } ] | true",
                "allow: [ { id: a, who: { roles: [ admin ] } } ] | false",
                "allow: [ { id: a, who: { roles: [ admin ] } }, { id: b, args: { n: { max: 3 } } } ] | true",
                "allow: [ { id: a, when: 'caller.subject == \"b\"' } ] | false",
                "allow: [ { id: a, when: 'caller.subject == \"a\"' } ] | true",
                "allow: [ { id: a } ] deny: [ { id: d, who: { roles: [ agent ] } } ] | false",
                "allow: [ { id: a } ] deny: [ { id: d, who: { roles: [ admin ] } } ] | true",
                "allow: [ { id: a } ] deny: [ { id: d, args: { n: { min: 3 } } } ] | true",
                "allow: [ { id: a } ] deny: [ { id: d, when: 'caller.subject == \"a\"' } ] | false",
                "allow: [ { id: a } ] deny: [ { id: d, when: 'episode.cost > 3' } ] | true"
            })
    void isHiddenFromThoseToWhomNoCallCouldBeAllowed(String rules, boolean visible) throws YamlRefused {
        assertThat(tool(rules).isVisibleTo(AGENT, Surroundings.NONE)).isEqualTo(visible);
    }
}
