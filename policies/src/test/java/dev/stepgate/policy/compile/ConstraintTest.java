package dev.stepgate.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.Decision.Allow;
import dev.stepgate.policy.Decision.Deny;
import dev.stepgate.policy.DenyCode;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstraintTest {
    /** Names every argument and asks nothing of any. */
    private static final String OPEN = """
            {"properties": {"a": {}, "b": {}, "l": {"items": {"properties": {"x": {"items": {}}}}},
              "o": {"properties": {"p": {"properties": {"q": {}}}, "l": {"items": {}}, "s/t~": {}}}}}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ const: x }            | {a: x}                   | {a: y}",
                "{ const: x }            | {}                       | {a: [x]}",
                "{ const: null }         | {a: null}                | {a: false}",
                "{ const: true }         | {a: true}                | {a: 'true'}",
                "{ const: 1 }            | {a: 1.0}                 | {a: '1'}",
                "{ const: 1 }            | {a: 10e-1}               | {a: true}",
                "{ const: [1, {k: 2}] }  | {a: [1.0, {k: 2.00}]}    | {a: [{k: 2}, 1]}",
                "{ const: {k: [1]} }     | {a: {k: [1]}}            | {a: {k: [1], m: 1}}",
                "{ const: [] }           | {a: []}                  | {a: {}}",
                "{ in: [x, 2, null] }    | {a: 2.0}                 | {a: z}",
                "{ in: [x, 2, null] }    | {a: null}                | {a: [x, 2, null]}",
                "{ not: x }              | {a: y}                   | {a: x}",
                "{ not: [x, 1] }         | {a: 2}                   | {a: 1.0}",
                "{ not: null }           | {a: x}                   | {a: null}",
                "{ min: 3 }              | {a: 3}                   | {a: 2.9999999999999999999}",
                "{ min: 3 }              | {a: 3.0}                 | {a: '4'}",
                "{ min: -1 }             | {}                       | {a: null}",
                "{ min: -1 }             | {a: 0}                   | {a: [5]}",
                "{ max: 3 }              | {a: 3.000}               | {a: 3.0000000000000000001}",
                "{ max: 3 }              | {a: -5}                  | {a: '1'}",
                "{ max: 3 }              | {}                       | {a: null}",
                "{ max: 9007199254740992 } | {a: 9007199254740992}  | {a: 9007199254740993}",
                "{ min: 1, max: 2 }      | {a: 1.5}                 | {a: 3}",
                "{ maxLength: 2 }        | {a: 😀😀}                 | {a: abc}",
                "{ maxLength: 0 }        | {a: ''}                  | {a: x}",
                "{ maxLength: 9 }        | {}                       | {a: 1}",
                "{ maxLength: 9 }        | {a: xx}                  | {a: [x]}",
                "{ maxItems: 1 }         | {a: [1]}                 | {a: [1, 2]}",
                "{ maxItems: 0 }         | {a: []}                  | {a: x}",
                "{ maxItems: 9 }         | {}                       | {a: {}}",
                "{ pattern: 'a+' }       | {a: aa}                  | {a: xaax}",
                "{ pattern: 'ab?' }      | {a: ab}                  | {a: abc}",
                "{ pattern: 'a.b' }      | {a: \"a\\nb\"}           | {a: \"a.b\\n\"}",
                "{ pattern: '.*' }       | {a: é}                   | {a: \"e\\u0301\"}",
                "{ pattern: '1' }        | {a: '1'}                 | {a: 1}",
                "{ within: /w }          | {a: /w/x}                | {a: /x}",
                "{ within: /w }          | {}                       | {a: [/w/x]}",
                "{ noLeadingDash: true } | {a: a-b}                 | {a: -rf}",
                "{ noLeadingDash: true } | {a: ''}                  | {a: ' --x'}",
                "{ noLeadingDash: true } | {}                       | {a: 5}",
                "{ absent: true }        | {}                       | {a: null}",
                "{ absent: true }        | {b: 1}                   | {a: 1}"
            })
    void holdsAndBreaks(String constraint, String holding, String breaking) throws YamlRefused {
        PolicySet set = PolicyTexts.allowing(OPEN, "{ a: " + constraint + " }");

        assertThat(decide(set, holding)).isInstanceOf(Allow.class);
        assertThat(decide(set, breaking)).isEqualTo(broken("/a"));
    }

    @Test
    void comparesNumbersByValueWhateverTheirJavaType() throws YamlRefused {
        PolicySet set = PolicyTexts.allowing(OPEN, "{ a: { const: 5, min: 5, max: 5 } }");

        for (Object five :
                List.of(5, 5L, 5.0, BigInteger.valueOf(5), new BigDecimal("5.000"), new BigDecimal("50e-1"))) {
            assertThat(decide(set, of(five))).isInstanceOf(Allow.class);
        }
        for (Object other : List.of(
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                Math.nextUp(5.0),
                BigInteger.TWO.pow(64).add(BigInteger.valueOf(5)),
                new BigDecimal("5.00000000000000000000000000000000001"))) {
            assertThat(decide(set, of(other))).isEqualTo(broken("/a"));
        }
    }

    @Test
    void comparesNumbersOfHugeExponentsAtOnce() throws YamlRefused {
        PolicySet set = PolicyTexts.allowing(OPEN, "{ a: { min: 0, max: 10 } }");

        assertThat(decide(set, of(new BigDecimal("1e999999999")))).isEqualTo(broken("/a"));
        assertThat(decide(set, of(new BigDecimal("-1e999999999")))).isEqualTo(broken("/a"));
        assertThat(decide(set, of(new BigDecimal("1e-999999999")))).isInstanceOf(Allow.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ o.p.q: { max: 1 } }      | {o: {p: {q: 1}}}          | {o: {p: {q: 2}}}            | /o/p/q",
                "{ o.p.q: { max: 1 } }      | {o: {p: {}}}              | {o: {p: 1}}                 | /o/p",
                "{ o.p.q: { max: 1 } }      | {o: {}}                   | {o: [1]}                    | /o",
                "{ o.p.q: { absent: true } }| {o: {p: {}}}              | {o: {p: {q: null}}}         | /o/p/q",
                "{ 'o.l[]': { max: 1 } }    | {o: {l: []}}              | {o: {l: [1, 1, 2]}}         | /o/l/2",
                "{ 'o.l[]': { max: 1 } }    | {}                        | {o: {l: {x: 1}}}            | /o/l",
                "{ 'l[].x[]': { const: k } }| {l: [{x: [k, k]}, {}]}    | {l: [{x: [k]}, {x: [k, z]}]}| /l/1/x/1",
                "{ 'l[].x[]': { const: k } }| {l: []}                   | {l: [5]}                    | /l/0",
                "{ 'l[]': { const: k } }    | {l: [k]}                  | {l: k}                      | /l",
                "{ 'o.s/t~': { const: k } } | {o: {s/t~: k}}            | {o: {s/t~: z}}              | /o/s~1t~0"
            })
    void looksWhereThePathLeads(String args, String holding, String breaking, String pointer) throws YamlRefused {
        PolicySet set = PolicyTexts.allowing(OPEN, args);

        assertThat(decide(set, holding)).isInstanceOf(Allow.class);
        assertThat(decide(set, breaking)).isEqualTo(broken(pointer));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ min: 1 }             | string",
                "{ max: 1 }             | boolean",
                "{ maxItems: 1 }        | object",
                "{ maxLength: 1 }       | array",
                "{ pattern: x }         | number",
                "{ within: /w }         | integer",
                "{ noLeadingDash: true }| array"
            })
    void refusesAConstraintThatCouldNotHoldForTheArgumentsType(String constraint, String type) {
        String schema = "{\"properties\": {\"a\": {\"type\": \"" + type + "\"}}}";

        assertThat(refusal(schema, "{ a: " + constraint + " }").getFirst().message())
                .contains("can not hold for `a`, which is of type " + type);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ c: { max: 1 } }              | the tool has no argument `c`",
                "{ o.z: { max: 1 } }            | the tool has no argument `o.z`",
                "{ 'a[]': { max: 1 } }          | the tool has no argument `a[]`",
                "{ '': { max: 1 } }             | the tool has no argument ``",
                "{ a: { pattern: '(?=a)' } }    | `(?=a)` is no RE2 expression",
                "{ a: { pattern: '(a)\\1' } }   | `(a)\\1` is no RE2 expression",
                "{ a: { pattern: 'a)(b' } }     | `a)(b` is no RE2 expression",
                "{ a: { within: w } }           | `w` is no absolute folder",
                "{ a: { within: /w/../x } }     | `/w/../x` is no absolute folder",
                "{ a: { within: '' } }          | `` is no absolute folder"
            })
    void refusesWhatCouldNotMeanWhatItSays(String args, String message) {
        assertThat(refusal(OPEN, args)).extracting(Problem::message).containsExactly(message);
    }

    @Test
    void refusesAnExpressionThatIsTooDeepToCompile() {
        String deep = "(".repeat(50_000) + "a" + ")".repeat(50_000);

        assertThat(refusal(OPEN, "{ a: { pattern: '" + deep + "' } }")).hasSize(1);
    }

    @Test
    void namesTheNearestToolAndArgument() throws YamlRefused {
        assertThat(refusal(OPEN.replace("\"a\"", "\"path\""), "{ pth: { max: 1 } }")
                        .getFirst()
                        .help())
                .isEqualTo("did you mean `path`?");
    }

    private static Deny broken(String pointer) {
        return new Deny(DenyCode.ARGS_CONSTRAINT, List.of(), pointer, "value not allowed by environment policy");
    }

    private static List<Problem> refusal(String schema, String args) {
        return catchThrowableOfType(YamlRefused.class, () -> PolicyTexts.allowing(schema, args))
                .problems();
    }

    private static Map<String, @Nullable Object> of(Object value) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("a", value);
        return arguments;
    }

    private static Decision decide(PolicySet set, String arguments) throws YamlRefused {
        return decide(set, PolicyTexts.arguments(arguments));
    }

    private static Decision decide(PolicySet set, Map<String, @Nullable Object> arguments) {
        return new PolicyEngine().decide(set, new AccessRequest(new Caller("s", Set.of()), "t.call", arguments));
    }
}
