package dev.stepgate.policy.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CelConditionsTest {
    private static final String SCHEMA = """
            {"type": "object", "required": ["path", "n", "list", "o"], "properties": {
              "path": {"type": "string"}, "n": {"type": "integer"}, "f": {"type": "number"}, "b": {"type": "boolean"},
              "list": {"type": "array", "items": {"type": "object", "required": ["x"],
                "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}}},
              "o": {"type": "object", "properties": {"deep": {"type": "string"}}}, "any": {}}}""";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "args.path == \"/w/a\"",
                "args.path.startsWith(\"/w\") && args.n <= 7",
                "args.n + 1 == 8",
                "size(args.list) == 1 && args.list[0].x == 1",
                "args.list.all(i, i.x > 0)",
                "args.list.exists(i, has(i.y) && i.y == \"z\")",
                "has(args.f) && args.f > 1.4",
                "!has(args.b) || args.b",
                "!has(args.any) || args.any == 1",
                "has(args.o.deep) ? args.o.deep == \"d\" : false",
                "path.within(args.path, \"/w\")",
                "url.host(\"https://a.example/x\") == \"a.example\"",
                "sql.kind(\"select 1\") == \"select\"",
                "cidr.has(\"10.0.0.0/8\", \"10.1.2.3\") && !cidr.has(\"10.0.0.0/8\", \"11.1.2.3\")",
                "args.path.matches(\"^/w/[a-z]$\")",
                "caller.subject == \"alice\" && \"agent\" in caller.roles && caller.claims.team == \"t\"",
                "episode.calls[\"t.x\"] == 0 && episode.cost == 0",
                "env.labels[\"nothing\"] == \"\" && env.mode == \"training\"",
                "now < timestamp(\"1971-01-01T00:00:00Z\") && now.getHours(\"UTC\") == 0",
                "tool == \"t.x\""
            })
    void holds(String expression) throws CelRefused, SchemaRefused {
        assertThat(conditions().compile(expression).holds(request())).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "args.pth == \"a\" ; 1:5 ; the tool has no argument 'pth'",
                "args.n < \"x\" ; 1:7 ; '<' does not take (int, string)",
                "args.n ; 1:0 ; the expression is of type int, not a truth",
                "args.o.dep == \"d\" ; 1:7 ; 'o' has no field 'dep'",
                "args.b ; 1:5 ; a call may leave 'args.b' out",
                "args.b || true ; 1:5 ; a call may leave 'args.b' out",
                "has(args.f) || args.b ; 1:20 ; a call may leave 'args.b' out",
                "args.list.exists(i, i.y == \"z\") ; 1:22 ; a call may leave 'i.y' out",
                "args.list.all(args, true) ; 1:13 ; 'args' is already the name of something",
                "result.ok ; 1:0 ; 'result' is not known yet",
                "agrs.n == 1 ; 1:0 ; 'agrs' is not known here",
                "args == args ; 1:0 ; 'args' can only be read by name",
                "args.path.matches(args.path) ; 1:17 ; the expression of 'matches' must stand here in quotes",
                "args.path.matches(\"(\") ; 1:18 ; '(' is no RE2 expression",
                "episode.calls[\"t.y\"] == 0 ; 1:14 ; the environment has no tool 't.y'",
                "dyn(args.n) == 1 ; 1:3 ; 'dyn' is not known here",
                "args.n == ; 1:9 ; no CEL expression"
            })
    void refuses(String expression, String place, String message) throws SchemaRefused {
        CelConditions conditions = conditions();
        CelRefused refused = catchThrowableOfType(CelRefused.class, () -> conditions.compile(expression));

        assertThat(refused.problems()).anySatisfy(problem -> {
            assertThat(problem.line() + ":" + problem.column()).isEqualTo(place.strip());
            assertThat(problem.message().replace('`', '\'')).startsWith(message.strip());
        });
    }

    @Test
    void refusesWhatIsTooLongOrTooDeep() throws SchemaRefused {
        CelConditions conditions = conditions();

        assertThatThrownBy(() -> conditions.compile("true" + " && true".repeat(1_000)))
                .isInstanceOf(CelRefused.class);
        assertThatThrownBy(() -> conditions.compile("(".repeat(200) + "true" + ")".repeat(200)))
                .isInstanceOf(CelRefused.class);
    }

    @Test
    void failsRatherThanGuessesWhatItCannotHold() throws CelRefused, SchemaRefused {
        var whole = conditions().compile("args.n > 0");
        var path = conditions().compile("path.within(args.path, \"/w\")");

        assertThatThrownBy(() -> whole.holds(request(Map.of("n", BigInteger.TWO.pow(64)))))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> whole.holds(request(Map.of("n", new BigDecimal("1e400")))))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> path.holds(request(Map.of("path", "/w/../x"))))
                .isInstanceOf(IllegalStateException.class);
        assertThat(whole.holds(request(Map.of("n", new BigDecimal("3.0"))))).isTrue();
    }

    @Test
    void boundsHowMuchItLooksAt() throws CelRefused, SchemaRefused {
        var condition = conditions().compile("args.list.all(i, args.list.all(j, i.x == j.x))");
        Map<String, @Nullable Object> many = new LinkedHashMap<>();
        many.put("list", java.util.Collections.nCopies(100, Map.of("x", 1)));

        assertThatThrownBy(() -> condition.holds(request(many))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void knowsWhatCanBeSaidBeforeTheCall() throws CelRefused, SchemaRefused {
        assertThat(conditions().compile("caller.subject == \"a\"").knownBeforeTheCall())
                .isTrue();
        assertThat(conditions().compile("env.name == \"a\"").knownBeforeTheCall())
                .isTrue();
        assertThat(conditions().compile("args.n == 1").knownBeforeTheCall()).isFalse();
        assertThat(conditions().compile("episode.cost == 1").readsHistory()).isTrue();
        assertThat(conditions().compile("args.n == 1").readsHistory()).isFalse();
    }

    private static CelConditions conditions() throws SchemaRefused {
        return new CelConditions(ToolSchema.compile(SCHEMA).shape(), Set.of("t.x"));
    }

    private static AccessRequest request() {
        return request(Map.of());
    }

    private static AccessRequest request(Map<String, ?> changed) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("path", "/w/a");
        arguments.put("n", 7);
        arguments.put("f", 1.5);
        arguments.put("list", java.util.List.of(Map.of("x", 1, "y", "z")));
        arguments.put("o", Map.of("deep", "d"));
        arguments.putAll(changed);
        Caller caller = new Caller("alice", Set.of("agent"), "", "", Set.of(), Map.of("team", "t"));
        return new AccessRequest(caller, "t.x", arguments);
    }
}
