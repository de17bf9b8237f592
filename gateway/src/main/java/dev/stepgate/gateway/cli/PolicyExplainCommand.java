package dev.stepgate.gateway.cli;

import dev.stepgate.gateway.authorization.ExplanationJson;
import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.Explanation;
import dev.stepgate.policy.PolicyExplainer;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.analysis.RecordedCall;
import dev.stepgate.policy.analysis.RecordedRun;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says how a policy takes one call, step by step: a call that is described, or one of a trajectory or journal. */
@Command(name = "explain", description = "Explain the decision on one call.", mixinStandardHelpOptions = true)
final class PolicyExplainCommand implements Callable<Integer> {

    @Parameters(paramLabel = "POLICY")
    private Path policy = Path.of("");

    @Mixin
    private PolicyScene scene = new PolicyScene();

    @Option(names = "--tool", description = "The tool, <upstream>.<tool>.")
    private @Nullable String tool;

    @Option(names = "--args", description = "The arguments, a JSON object.", defaultValue = "{}")
    private String args = "{}";

    @Option(
            names = "--record",
            description =
                    "Take the call from this trajectory or file of the journal instead, after what its run had made.")
    private @Nullable Path record;

    @Option(names = "--line", description = "Which line of it, from 1.", defaultValue = "1")
    private int line = 1;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, YamlRefused {
        var read = PolicyInput.policy(policy);
        EnvironmentFacts facts = scene.facts(policy, read);
        PolicySet set = PolicyCompiler.compile(read, facts);
        AccessRequest asked = record == null ? described(facts) : recorded(record, set, facts);
        print(new PolicyExplainer().explain(set, asked));
        return 0;
    }

    private AccessRequest described(EnvironmentFacts facts) {
        String called = tool == null ? "" : tool;
        return request(called, PolicyInput.arguments(args), "", facts);
    }

    private AccessRequest recorded(Path file, PolicySet set, EnvironmentFacts facts) throws IOException {
        SortedMap<Integer, RecordedCall> calls = PolicyInput.calls(file, facts);
        RecordedCall call = calls.get(line);
        if (call == null) {
            throw new IllegalArgumentException(file + ":" + line + " is no call"
                    + (calls.isEmpty()
                            ? ""
                            : "; calls are on lines "
                                    + calls.keySet().stream().limit(20).toList()));
        }
        if (!json) {
            System.out.println("then      " + call.decided());
        }
        int position = calls.headMap(line).size();
        return request(call.tool(), call.arguments(), call.subject(), facts)
                .in(RecordedRun.before(set, List.copyOf(calls.values()), position));
    }

    private AccessRequest request(
            String called, Map<String, @Nullable Object> arguments, String recorded, EnvironmentFacts facts) {
        return new AccessRequest(
                scene.caller(recorded), facts.surroundings(), called, arguments, EpisodeView.NEW, Instant.now());
    }

    private void print(Explanation explanation) {
        Decision decision = explanation.decision();
        if (json) {
            System.out.println(ExplanationJson.of(explanation));
            return;
        }
        String code = ExplanationJson.code(decision);
        String word = ExplanationJson.word(decision).toUpperCase(Locale.ROOT);
        System.out.println(
                "decision  " + word + (code.isEmpty() ? "" : "   code=" + code) + "   policy=" + explanation.policy());
        for (Explanation.Step step : explanation.steps()) {
            System.out.println("  " + pad(step.kind(), 8) + pad(step.id(), 28)
                    + pad(step.outcome().name().toLowerCase(Locale.ROOT), 6) + step.detail());
        }
        if (decision instanceof Decision.Deny deny) {
            System.out.println("agent sees: code=" + code + (deny.field() == null ? "" : ", field=" + deny.field())
                    + ", \"" + deny.agentText() + "\"");
        }
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text + " " : text + " ".repeat(width - text.length());
    }
}
