package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.testing.JUnitXml;
import dev.stepgate.policy.testing.PolicyTests;
import dev.stepgate.policy.testing.TestFile;
import dev.stepgate.policy.testing.TestFileReader;
import dev.stepgate.policy.testing.TestResult;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs test files: {@code <name>.test.yaml} beside {@code <name>.yaml}. */
@Command(name = "test", description = "Run the test files of policies.", mixinStandardHelpOptions = true)
final class PolicyTestCommand implements Callable<Integer> {

    @Parameters(paramLabel = "TEST", arity = "1..*", description = "Test files, <name>.test.yaml.")
    private List<Path> tests = List.of();

    @Option(names = "--tools", description = "The environment's tools; by default <name>.tools.json beside a test.")
    private @Nullable Path tools;

    @Option(names = "--junit", description = "Also write the results of the last file as JUnit XML.")
    private @Nullable Path junit;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        boolean passed = true;
        for (Path file : tests) {
            try {
                passed &= report(file, run(file));
            } catch (YamlRefused refused) {
                refused.problems().forEach((Problem problem) -> System.err.println(problem));
                passed = false;
            }
        }
        return passed ? 0 : 1;
    }

    private List<TestResult> run(Path file) throws YamlRefused {
        Path policyFile = file.resolveSibling(file.getFileName().toString().replace(".test.yaml", ".yaml"));
        TestFile cases = TestFileReader.read(file.toString(), PolicyInput.text(file));
        Policy policy = PolicyInput.policy(policyFile);
        if (!policy.name().equals(cases.policy())) {
            throw new YamlRefused(List.of(new Problem(
                    cases.place(), "the tests are for policy `" + cases.policy() + "`, not for " + policyFile, "")));
        }
        EnvironmentFacts facts = PolicyInput.facts(file, tools, cases.environment(), Mode.TRAINING);
        return PolicyTests.run(policy, facts, cases);
    }

    private boolean report(Path file, List<TestResult> results) throws IOException {
        List<TestResult> failed =
                results.stream().filter(result -> !result.passed()).toList();
        if (junit != null) {
            Files.writeString(junit, JUnitXml.of(file.getFileName().toString(), results));
        }
        if (json) {
            ObjectNode body = PolicyInput.JSON.createObjectNode();
            body.put("file", file.toString()).put("run", results.size()).put("failed", failed.size());
            ArrayNode list = body.putArray("failures");
            failed.forEach(result -> list.addObject()
                    .put("place", result.place().toString())
                    .put("name", result.name())
                    .put("failure", result.failure()));
            System.out.println(body);
        } else {
            failed.forEach(
                    result -> System.out.println(result.place() + ": " + result.name() + ": " + result.failure()));
            System.out.println(
                    file + ": " + (results.size() - failed.size()) + " passed, " + failed.size() + " failed");
        }
        return failed.isEmpty();
    }
}
