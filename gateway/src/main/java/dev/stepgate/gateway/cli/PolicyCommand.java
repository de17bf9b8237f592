package dev.stepgate.gateway.cli;

import dev.stepgate.policy.compile.PolicyFiles;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Looks at policies without serving anything. */
@Command(name = "policy", description = "Look at policies.", mixinStandardHelpOptions = true)
final class PolicyCommand {

    @Command(name = "check", description = "Read the policies of a folder.", mixinStandardHelpOptions = true)
    int check(@Parameters(paramLabel = "DIR", arity = "1..*") List<Path> folders) {
        PolicyFiles files = PolicyFiles.load(folders);
        files.problems().forEach(problem -> System.err.println(problem));
        System.out.println(
                files.policies().size() + " good, " + files.problems().size() + " problems");
        return files.problems().isEmpty() ? 0 : 1;
    }
}
