package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says what works on this machine and what would have to be installed or set for more. Changes nothing. */
@Command(
        name = "doctor",
        description = "Look at what works on this machine, and what is missing for more.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

    @Option(
            names = "--environments",
            description = "Folder of environments; may be repeated; replaces the bundled ones.")
    private @Nullable List<Path> environments;

    @Option(names = "--json", description = "One JSON array of findings instead of text.")
    private boolean json;

    /** All there is to look at, in the order of the report. */
    private List<HealthCheck> checks() {
        Path home = Path.of(System.getProperty("stepgate.home", "."));
        List<Path> folders = environments == null ? List.of(home.resolve("environments")) : environments;
        List<EnvironmentManifest> manifests = EnvironmentCatalog.load(folders).manifests();
        return List.of(new SandboxCheck(manifests), new CredentialCheck(manifests));
    }

    @Override
    public Integer call() {
        List<Finding> findings =
                checks().stream().flatMap(check -> check.look().stream()).toList();
        System.out.print(json ? json(findings) + "\n" : text(findings));
        return findings.stream().anyMatch(finding -> finding.grade() == Finding.Grade.MISSING) ? 1 : 0;
    }

    private static String text(List<Finding> findings) {
        StringBuilder text = new StringBuilder();
        for (Finding finding : findings) {
            text.append(String.format(
                    "%-8s%s %s: %s%n", word(finding), finding.check(), finding.subject(), finding.found()));
            if (!finding.help().isEmpty()) {
                text.append("        needs ").append(finding.help()).append('\n');
            }
        }
        return text.toString();
    }

    private static ArrayNode json(List<Finding> findings) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Finding finding : findings) {
            all.addObject()
                    .put("grade", word(finding))
                    .put("check", finding.check())
                    .put("subject", finding.subject())
                    .put("found", finding.found())
                    .put("help", finding.help());
        }
        return all;
    }

    private static String word(Finding finding) {
        return finding.grade().name().toLowerCase(Locale.ROOT);
    }
}
