package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.config.Discoverer;
import dev.stepgate.tool.Refusal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts an environment once, as {@code serve} does, and shows what it offers. */
@Command(
        name = "show",
        description = "Start an environment once and show its tools; with --pin, as pins for its manifest.",
        mixinStandardHelpOptions = true)
final class EnvShowCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ENV", description = "The environment's name.")
    private String name = "";

    @Option(names = "--environments", description = "Folders of environments; may be repeated (default: environments).")
    private List<Path> folders = new ArrayList<>();

    @Option(names = "--pin", description = "Print the digests of its tools, to be put into the manifest.")
    private boolean pin;

    @Option(names = "--json", description = "For machines.")
    private boolean json;

    @Override
    public Integer call() {
        EnvironmentCatalog catalog =
                EnvironmentCatalog.load(folders.isEmpty() ? List.of(Path.of("environments")) : folders);
        Optional<EnvironmentManifest> manifest = catalog.manifests().stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst();
        if (manifest.isEmpty()) {
            System.err.println("stepgate: there is no environment `" + name + "` in these folders");
            return 1;
        }
        try {
            State.Available found = Discoverer.discover(manifest.get());
            show(found);
            return found.missing().isEmpty() ? 0 : 1;
        } catch (Refusal refusal) {
            System.err.println("stepgate: environment `" + name + "` can not be started: " + refusal.reason());
            return 1;
        }
    }

    private void show(State.Available found) {
        Map<String, Map<String, String>> digests = new TreeMap<>();
        for (CatalogEntry entry : found.catalog().entries()) {
            digests.computeIfAbsent(entry.upstream(), _ -> new TreeMap<>())
                    .put(entry.descriptor().name(), entry.digest());
        }
        if (json) {
            System.out.println(asJson(digests));
        } else if (pin) {
            System.out.println("stepgate:\n  upstreams:");
            digests.forEach((upstream, tools) -> {
                System.out.println("    " + upstream + ":\n      pin:");
                tools.forEach(
                        (tool, digest) -> System.out.println("        " + TextNode.valueOf(tool) + ": " + digest));
            });
        } else {
            found.catalog()
                    .entries()
                    .forEach(entry ->
                            System.out.println(entry.visibleName() + "  " + entry.policyKey() + "  " + entry.digest()));
        }
        found.missing().forEach((upstream, reason) -> System.err.println("missing: " + upstream + ": " + reason));
        found.withheld().forEach((tool, reason) -> System.err.println("withheld: " + tool + ": " + reason));
    }

    private static ObjectNode asJson(Map<String, Map<String, String>> digests) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        digests.forEach((upstream, tools) -> {
            ObjectNode pins = tree.putObject(upstream);
            tools.forEach(pins::put);
        });
        return tree;
    }
}
