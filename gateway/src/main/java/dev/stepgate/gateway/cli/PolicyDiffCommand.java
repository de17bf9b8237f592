package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.analysis.PolicyDiff;
import dev.stepgate.policy.analysis.PolicyDiff.Difference;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what changes with a policy: its rules, calls made up from the schemas, and calls that were really made. */
@Command(name = "diff", description = "Compare two policies.", mixinStandardHelpOptions = true)
final class PolicyDiffCommand implements Callable<Integer> {

    @Parameters(paramLabel = "A", index = "0")
    private Path before = Path.of("");

    @Parameters(paramLabel = "B", index = "1")
    private Path after = Path.of("");

    @Mixin
    private PolicyScene scene = new PolicyScene();

    @Option(names = "--calls", description = "How many calls are made up (default 100000).", defaultValue = "100000")
    private int calls = 100_000;

    @Option(names = "--replay", description = "Trajectories whose calls are decided again; may be repeated.")
    private List<Path> replay = List.of();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, YamlRefused {
        var old = PolicyInput.policy(before);
        var next = PolicyInput.policy(after);
        EnvironmentFacts facts = scene.facts(after, next);
        PolicyDiff diff = new PolicyDiff(old, next, facts);
        Caller who = scene.caller("");
        List<String> rules = diff.rules();
        List<Difference> generated = diff.generated(calls, who);
        List<Difference> replayed = new ArrayList<>();
        for (Path file : replay) {
            replayed.addAll(
                    diff.replayed(List.copyOf(PolicyInput.calls(file, facts).values()), who));
        }
        print(rules, generated, replayed);
        return rules.isEmpty() && generated.isEmpty() && replayed.isEmpty() ? 0 : 1;
    }

    private void print(List<String> rules, List<Difference> generated, List<Difference> replayed) {
        if (json) {
            ObjectNode body = PolicyInput.JSON.createObjectNode();
            ArrayNode list = body.putArray("rules");
            rules.forEach(list::add);
            put(body.putArray("generated"), generated);
            put(body.putArray("replayed"), replayed);
            System.out.println(body);
            return;
        }
        rules.forEach(System.out::println);
        generated.forEach(one -> print("made up", one));
        replayed.forEach(one -> print("replayed", one));
        System.out.println(rules.size() + " rules changed, " + generated.size() + " of " + calls
                + " made-up calls shown, " + replayed.size() + " replayed calls decided differently");
    }

    private static void print(String source, Difference one) {
        System.out.println(
                source + "  " + one.tool() + "  " + one.before() + " -> " + one.after() + "  " + one.arguments());
    }

    private static void put(ArrayNode list, List<Difference> differences) {
        differences.forEach(one -> list.addObject()
                .put("tool", one.tool())
                .put("arguments", one.arguments())
                .put("before", one.before())
                .put("after", one.after()));
    }
}
