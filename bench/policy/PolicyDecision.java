package dev.stepgate.bench;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Admission;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.CallerLedger;
import dev.stepgate.policy.CompiledTool;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.EpisodeBudget;
import dev.stepgate.policy.EpisodeLedger;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.Surroundings;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.YamlRefused;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a decision costs in an environment of 5,000 tools with 20 rules each, and what it costs to read and compile rules.
 * Tools and arguments are drawn anew for every decision, so that no cache can answer.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PolicyDecision {
    private static final int TOOLS = 5_000;
    private static final int TOOLS_PER_FILE = 50;
    private static final int REQUESTS = 1 << 16;

    private static final String SCHEMA = """
            { "type": "object", "required": [ "path", "limit" ], "properties": {
              "path": { "type": "string" }, "limit": { "type": "integer" }, "mode": { "type": "string" },
              "url": { "type": "string" }, "tags": { "type": "array", "items": { "type": "string" } } } }""";

    /** Whether tools share what their rules and schemas say, or every tool has folders, bounds and a schema of its own. */
    @Param({"alike", "distinct"})
    public String rules = "alike";

    private final PolicyEngine engine = new PolicyEngine();
    private final Caller caller = new Caller("runner", Set.of("agent"));
    private final EpisodeLedger episode = new EpisodeLedger();
    private final CallerLedger callers = new CallerLedger();
    private PolicySet set = PolicySet.nothing();
    private List<AccessRequest> requests = List.of();
    private int next;

    @Setup
    public void prepare() throws YamlRefused {
        Map<String, CompiledTool> tools = new HashMap<>();
        for (int first = 0; first < TOOLS; first += TOOLS_PER_FILE) {
            tools.putAll(compiled(first).tools());
        }
        set = new PolicySet(
                "bench", 1, "sha256:", Surroundings.NONE, tools, List.of(), new EpisodeBudget(
                        Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE));
        Random random = new Random(1);
        List<AccessRequest> drawn = new ArrayList<>(REQUESTS);
        int allowed = 0;
        for (int i = 0; i < REQUESTS; i++) {
            int tool = random.nextInt(TOOLS);
            AccessRequest request = new AccessRequest(
                    caller,
                    Surroundings.NONE,
                    "u.t" + tool,
                    arguments(random, tool),
                    EpisodeView.NEW,
                    Instant.parse("2026-11-25T12:00:00Z"));
            drawn.add(request);
            allowed += engine.decide(set, request) instanceof Decision.Allow ? 1 : 0;
        }
        if (allowed < REQUESTS / 4 || allowed > REQUESTS * 3 / 4) {
            throw new IllegalStateException("only " + allowed + " of " + REQUESTS + " requests are allowed");
        }
        requests = drawn;
    }

    /** The rules alone: arguments against the schema, every deny rule, every allow rule. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public Decision decide() {
        return engine.decide(set, requests.get(next++ & (REQUESTS - 1)));
    }

    /** What a call costs: the same, and budgets and limits taken and given back. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public Admission admit() {
        Admission admission = engine.admit(set, requests.get(next++ & (REQUESTS - 1)), episode, callers);
        if (admission instanceof Admission.Granted granted) {
            granted.reservation().release();
        }
        return admission;
    }

    /** A file of 50 tools with 20 rules each, one of them CEL, from its text to what decides. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public PolicySet readAndCompileThousandRules() throws YamlRefused {
        return compiled(0);
    }

    private PolicySet compiled(int first) throws YamlRefused {
        StringBuilder text = new StringBuilder("policy: { name: bench, version: 1 }\nenv: bench\ntools:\n");
        List<CatalogTool> tools = new ArrayList<>();
        for (int tool = first; tool < first + TOOLS_PER_FILE; tool++) {
            String own = own(tool);
            text.append("  u.t").append(tool).append(":\n    limit: { perMinute: 10000, sameArgs: 1000000, cost: 1 }\n");
            text.append("    allow:\n");
            IntStream.range(0, 12).forEach(i -> text.append(
                    "      - { id: a%d, args: { path: { within: /workspace%s/d%d, maxLength: %d }, limit: { min: 0, max: %d } } }\n"
                            .formatted(i, own, i, 200 + own.length(), 1000 + i)));
            text.append("      - { id: url, args: { url: { url: { schemes: [ https ], hosts: [ '*.example.org' ] } }, mode: { const: fetch } } }\n");
            text.append("      - { id: cel, when: 'args.limit < 100 && path.within(args.path, \"/workspace").append(own).append("/cel\")' }\n");
            text.append("    deny:\n");
            IntStream.range(0, 5).forEach(i -> text.append(
                    "      - { id: d%d, args: { path: { pattern: '.*%s/secret%d/.*' } } }\n".formatted(i, own, i)));
            text.append("      - { id: tag, args: { 'tags[]': { in: [ private ] }, mode: { in: [ send, post ] } } }\n");
            tools.add(new CatalogTool("u", "t" + tool, SCHEMA));
        }
        return PolicyCompiler.compile(PolicyReader.read("bench.yaml", text.toString()), tools);
    }

    /** A folder of the tool's own, where rules are distinct. */
    private String own(int tool) {
        return rules.equals("distinct") ? "/t" + tool : "";
    }

    private Map<String, Object> arguments(Random random, int tool) {
        Map<String, Object> arguments = new HashMap<>();
        String folder = random.nextInt(4) == 0 ? "/secret" + random.nextInt(8) : "/d" + random.nextInt(16);
        arguments.put("path", "/workspace" + own(tool) + folder + "/src/file" + random.nextInt() + ".java");
        arguments.put("limit", random.nextInt(1400));
        arguments.put("mode", List.of("read", "send", "fetch").get(random.nextInt(3)));
        arguments.put("tags", List.of("a" + random.nextInt(9), "public"));
        return arguments;
    }
}
