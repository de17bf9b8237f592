package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.ManifestPins;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.InterfaceParity;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.config.CredentialAssembly;
import dev.stepgate.gateway.config.Discoverer;
import dev.stepgate.gateway.credential.CredentialReport;
import dev.stepgate.gateway.credential.LeaseLedger;
import dev.stepgate.policy.Mode;
import dev.stepgate.tool.Refusal;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
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
        description = "Start an environment once and show its tools; with --pin, pin them in its manifest.",
        mixinStandardHelpOptions = true)
final class EnvShowCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ENV", description = "The environment's name.")
    private String name = "";

    @Option(names = "--environments", description = "Folders of environments; may be repeated (default: environments).")
    private List<Path> folders = new ArrayList<>();

    @Option(names = "--pin", description = "Write the digests of its tools into the manifest, in place of those there.")
    private boolean pin;

    @Option(
            names = "--diff-modes",
            description = "Show the digest of its interface in training and in production, and what differs.")
    private boolean diffModes;

    @Option(
            names = "--tools",
            description =
                    "Print its tools as the policy commands read them: put it beside the policy as NAME.tools.json.")
    private boolean tools;

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
        showCredentials(manifest.get());
        try {
            if (diffModes) {
                return showModes(Discoverer.both(manifest.get()));
            }
            State.Available found = Discoverer.discover(manifest.get());
            Map<String, Map<String, String>> digests = digests(found);
            if (pin) {
                pin(Path.of(manifest.get().place().file()), digests);
            }
            show(found, digests);
            return found.missing().isEmpty() ? 0 : 1;
        } catch (Refusal refusal) {
            System.err.println("stepgate: environment `" + name + "` can not be started: " + refusal.reason());
        } catch (YamlRefused refused) {
            System.err.println("stepgate: " + refused.problems().getFirst());
        } catch (IOException unwritable) {
            System.err.println(
                    "stepgate: the manifest of `" + name + "` can not be written: make its file and folder writable");
        }
        return 1;
    }

    private int showModes(Map<Mode, List<CatalogEntry>> both) {
        List<CatalogEntry> training = both.getOrDefault(Mode.TRAINING, List.of());
        List<CatalogEntry> production = both.getOrDefault(Mode.PRODUCTION, List.of());
        Optional<String> difference = InterfaceParity.firstDifference(training, production);
        if (json) {
            System.out.println(JsonNodeFactory.instance
                    .objectNode()
                    .put("training", InterfaceParity.digest(training))
                    .put("production", InterfaceParity.digest(production))
                    .put("difference", difference.orElse(null)));
        } else {
            System.out.println("training    " + InterfaceParity.digest(training));
            System.out.println("production  " + InterfaceParity.digest(production));
            System.out.println(difference.orElse("the interface is the same in both modes"));
        }
        return difference.isPresent() ? 1 : 0;
    }

    /** Not for machines: what a gateway that runs here has of them changes from one moment to the next. */
    private void showCredentials(EnvironmentManifest manifest) {
        if (json || tools || manifest.credentials().equals(EnvironmentManifest.Credentials.NONE)) {
            return;
        }
        Path ledger = CredentialAssembly.ledger(CredentialAssembly.settings().data());
        try {
            CredentialReport.references(manifest, LeaseLedger.read(ledger, Clock.systemUTC()))
                    .forEach(System.out::println);
        } catch (IOException unreadable) {
            System.err.println("stepgate: the ledger of leases at " + ledger + " can not be read");
        }
    }

    private static Map<String, Map<String, String>> digests(State.Available found) {
        Map<String, Map<String, String>> digests = new TreeMap<>();
        for (CatalogEntry entry : found.catalog().entries()) {
            digests.computeIfAbsent(entry.upstream(), _ -> new TreeMap<>())
                    .put(entry.descriptor().name(), entry.digest());
        }
        return digests;
    }

    /** Replaces the manifest whole, so that nobody reads half of it. Upstreams that are missing keep their pins. */
    private void pin(Path file, Map<String, Map<String, String>> digests) throws IOException, YamlRefused {
        String text = Files.readString(file);
        for (Map.Entry<String, Map<String, String>> upstream : digests.entrySet()) {
            text = ManifestPins.write(file.toString(), text, upstream.getKey(), upstream.getValue());
        }
        Path aside = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), text);
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        System.err.println("pinned in " + file);
    }

    private void show(State.Available found, Map<String, Map<String, String>> digests) {
        if (tools) {
            System.out.println(catalogue(found).toPrettyString());
        } else if (json) {
            System.out.println(asJson(digests));
        } else {
            found.catalog()
                    .entries()
                    .forEach(entry ->
                            System.out.println(entry.visibleName() + "  " + entry.policyKey() + "  " + entry.digest()));
        }
        found.missing().forEach((upstream, reason) -> System.err.println("missing: " + upstream + ": " + reason));
        found.withheld().forEach((tool, reason) -> System.err.println("withheld: " + tool + ": " + reason));
    }

    /** As {@link dev.stepgate.policy.compile.CatalogueFile} has them. */
    private static ObjectNode catalogue(State.Available found) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        ObjectNode upstreams = tree.putObject("upstreams");
        for (CatalogEntry entry : found.catalog().entries()) {
            upstreams
                    .withObject("/" + entry.upstream())
                    .withArray("/tools")
                    .add(entry.descriptor().definition());
        }
        return tree;
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
