package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.Explanation;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.PolicyExplainer;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says how a policy takes one call, step by step: a call that is described, or one of a trajectory or journal. */
@Command(name = "explain", description = "Explain the decision on one call.", mixinStandardHelpOptions = true)
final class PolicyExplainCommand implements Callable<Integer> {

    @Parameters(paramLabel = "POLICY")
    private Path policy = Path.of("");

    @Option(names = "--tools", description = "The environment's tools; by default <name>.tools.json beside the policy.")
    private @Nullable Path tools;

    @Option(names = "--env", description = "The environment (default: the policy's glob with * as 1).")
    private @Nullable String env;

    @Option(names = "--mode", description = "training or production (default production).", defaultValue = "production")
    private String mode = "production";

    @Option(names = "--caller", description = "SUBJECT[:ROLE,ROLE] (default runner:agent).", defaultValue = "runner")
    private String caller = "runner";

    @Option(names = "--tool", description = "The tool, <upstream>.<tool>.")
    private @Nullable String tool;

    @Option(names = "--args", description = "The arguments, a JSON object.", defaultValue = "{}")
    private String args = "{}";

    @Option(names = "--trajectory", description = "Take the call from this file of JSON lines instead.")
    private @Nullable Path trajectory;

    @Option(names = "--line", description = "Which line of it, from 1.", defaultValue = "1")
    private int line = 1;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, YamlRefused {
        var read = PolicyInput.policy(policy);
        String environment = env == null ? read.environments().replace("*", "1") : env;
        Mode there = PolicyInput.mode(mode);
        EnvironmentFacts facts = PolicyInput.facts(policy, tools, environment, there);
        PolicySet set = PolicyCompiler.compile(read, facts);
        Map<String, @Nullable Object> arguments = PolicyInput.arguments(args);
        String called = tool == null ? "" : tool;
        if (trajectory != null) {
            List<String> lines = Files.readAllLines(trajectory);
            if (line < 1 || line > lines.size()) {
                throw new IllegalArgumentException(trajectory + " has no line " + line);
            }
            JsonNode record = PolicyInput.JSON.readTree(lines.get(line - 1));
            called = keyOf(record.path("tool").asText(), set);
            arguments = record.get("arguments") instanceof ObjectNode object ? PlainJson.object(object) : Map.of();
        }
        AccessRequest request = new AccessRequest(
                PolicyInput.caller(caller), facts.surroundings(), called, arguments, EpisodeView.NEW, Instant.now());
        print(new PolicyExplainer().explain(set, request));
        return 0;
    }

    /** Trajectories hold the names that agents see, which mostly are the upstream's own. */
    static String keyOf(String visible, PolicySet set) {
        return set.tools().keySet().stream()
                .filter(key -> key.substring(key.indexOf('.') + 1).equals(visible))
                .sorted()
                .findFirst()
                .orElse(visible);
    }

    private void print(Explanation explanation) {
        Decision decision = explanation.decision();
        String code = decision instanceof Decision.Deny deny ? deny.code().wireName() : "";
        String word = decision instanceof Decision.Deny
                ? "DENY"
                : decision instanceof Decision.Allow allow && allow.approval() != null ? "APPROVAL" : "ALLOW";
        if (json) {
            ObjectNode body = PolicyInput.JSON.createObjectNode();
            body.put("decision", word.toLowerCase(Locale.ROOT))
                    .put("code", code)
                    .put("policy", explanation.policy());
            ArrayNode steps = body.putArray("steps");
            explanation
                    .steps()
                    .forEach(step -> steps.addObject()
                            .put("kind", step.kind())
                            .put("id", step.id())
                            .put("outcome", step.outcome().name().toLowerCase(Locale.ROOT))
                            .put("detail", step.detail()));
            System.out.println(body);
            return;
        }
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
