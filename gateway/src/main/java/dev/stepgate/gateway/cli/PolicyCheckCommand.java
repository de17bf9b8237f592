package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.analysis.Finding;
import dev.stepgate.policy.analysis.Finding.Certainty;
import dev.stepgate.policy.analysis.PolicyAnalysis;
import dev.stepgate.policy.compile.CatalogueFile;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads policies, compiles them in both modes where their tools are known, and says what is likely not meant. */
@Command(name = "check", description = "Check policies: files or folders.", mixinStandardHelpOptions = true)
final class PolicyCheckCommand implements Callable<Integer> {

    @Parameters(paramLabel = "PATH", arity = "1..*")
    private List<Path> paths = List.of();

    @Option(names = "--tools", description = "The environment's tools; by default <name>.tools.json beside a policy.")
    private @Nullable Path tools;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    private final Set<Problem> problems = new LinkedHashSet<>();
    private final List<Finding> findings = new ArrayList<>();
    private int good;
    private int unchecked;

    @Override
    public Integer call() {
        for (Path path : paths) {
            files(path).forEach(this::check);
        }
        boolean proven = findings.stream().anyMatch(finding -> finding.certainty() == Certainty.PROOF);
        print();
        return problems.isEmpty() && !proven ? 0 : 1;
    }

    private List<Path> files(Path path) {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(file -> !file.toString().endsWith(".test.yaml"))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(path + " cannot be read", unreadable);
        }
    }

    private void check(Path file) {
        try {
            Policy policy = PolicyInput.policy(file);
            if (tools == null && !Files.exists(CatalogueFile.beside(file))) {
                unchecked++;
            } else {
                EnvironmentFacts facts = PolicyInput.facts(file, tools, policy.someEnvironment(), Mode.TRAINING);
                for (Mode mode : Mode.values()) {
                    PolicyCompiler.compile(policy, facts.in(mode));
                }
                findings.addAll(PolicyAnalysis.of(policy, facts));
            }
            good++;
        } catch (YamlRefused refused) {
            problems.addAll(refused.problems());
        }
    }

    private void print() {
        if (json) {
            ObjectNode body = PolicyInput.JSON.createObjectNode();
            body.put("good", good).put("without_tools", unchecked);
            ArrayNode list = body.putArray("problems");
            problems.forEach(problem -> list.add(problem.toString()));
            ArrayNode found = body.putArray("findings");
            findings.forEach(finding -> found.addObject()
                    .put("place", finding.place().toString())
                    .put("certainty", finding.certainty().name().toLowerCase(java.util.Locale.ROOT))
                    .put("message", finding.message())
                    .put("help", finding.help()));
            System.out.println(body);
            return;
        }
        problems.forEach(problem -> System.err.println(problem));
        findings.forEach(finding -> System.out.println(finding));
        System.out.println(good + " good, " + problems.size() + " problems, " + findings.size() + " findings"
                + (unchecked == 0 ? "" : "; " + unchecked + " read without their tools: add --tools FILE"));
    }
}
