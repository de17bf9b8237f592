package dev.stepgate.gateway.cli;

import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Upstream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Looks at environments without serving them. */
@Command(
        name = "env",
        description = "Look at environments.",
        subcommands = EnvShowCommand.class,
        mixinStandardHelpOptions = true)
final class EnvCommand {

    @Command(name = "validate", description = "Check the manifests of a folder.", mixinStandardHelpOptions = true)
    int validate(@Parameters(paramLabel = "DIR", arity = "1..*") List<Path> folders) {
        EnvironmentCatalog catalog = EnvironmentCatalog.load(folders);
        catalog.problems().forEach(problem -> System.err.println(problem));
        System.out.println(
                catalog.manifests().size() + " good, " + catalog.problems().size() + " problems");
        return catalog.problems().isEmpty() ? 0 : 1;
    }

    @Command(name = "list", description = "List the environments of a folder.", mixinStandardHelpOptions = true)
    int list(@Parameters(paramLabel = "DIR", arity = "1..*") List<Path> folders) {
        for (EnvironmentManifest manifest : EnvironmentCatalog.load(folders).manifests()) {
            System.out.println(manifest.name() + "  "
                    + manifest.upstreams().stream().map(Upstream::name).collect(Collectors.joining(", ")) + "  "
                    + manifest.description());
        }
        return 0;
    }
}
