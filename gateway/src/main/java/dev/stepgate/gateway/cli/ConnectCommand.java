package dev.stepgate.gateway.cli;

import dev.stepgate.gateway.connect.Bridge;
import java.net.URI;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Stands between a client that only starts processes and a gateway that runs. */
@Command(
        name = "connect",
        description = "Speak MCP on standard streams, and let a gateway that runs answer.",
        mixinStandardHelpOptions = true)
final class ConnectCommand implements Callable<Integer> {
    private static final Pattern ENVIRONMENT = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    /** Not an option: arguments of a process are there for everybody on the machine to read. */
    private static final String TOKEN = "STEPGATE_TOKEN";

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "ENV", description = "The environment, or an episode's whole mcp_url.")
    private String environment = "";

    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:8000",
            description = "The gateway (default http://127.0.0.1:8000). A token is taken from " + TOKEN + ".")
    private String url = "http://127.0.0.1:8000";

    @Override
    public Integer call() throws Exception {
        String token = System.getenv(TOKEN);
        new Bridge(System.in, System.out, target(), token == null ? null : "Bearer " + token).run();
        return 0;
    }

    private URI target() {
        boolean whole = environment.startsWith("http://") || environment.startsWith("https://");
        if (!whole && !ENVIRONMENT.matcher(environment).matches()) {
            throw new ParameterException(
                    java.util.Objects.requireNonNull(spec).commandLine(),
                    "ENV must be an environment's name or an episode's mcp_url");
        }
        return URI.create(whole ? environment : url.replaceAll("/+$", "") + "/envs/" + environment + "/mcp");
    }
}
