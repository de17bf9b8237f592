package dev.stepgate.gateway.cli;

import dev.stepgate.gateway.identity.DevelopmentIssuer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes a token for trying out a role without an issuer. It counts where {@code serve --development-tokens} runs. */
@Command(
        name = "token",
        description = "Make a development token, for a gateway that runs with --development-tokens.",
        mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {
    private static final Pattern ENVIRONMENT = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--role", defaultValue = "agent", description = "agent (default), trainer, observer or operator.")
    private String role = "agent";

    @Option(names = "--env", description = "Environment that it is for; may be repeated; default echo.")
    private List<String> environments = new ArrayList<>();

    @Option(names = "--scope", description = "Scopes, instead of those of the role.")
    private @Nullable String scope;

    @Option(names = "--subject", defaultValue = "developer", description = "Who it speaks of (default developer).")
    private String subject = "developer";

    @Option(names = "--minutes", defaultValue = "60", description = "How long it counts (default 60, at most 1440).")
    private int minutes = 60;

    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:8000",
            description = "The gateway's public URL (default http://127.0.0.1:8000).")
    private String url = "http://127.0.0.1:8000";

    @Option(
            names = "--data",
            defaultValue = ".stepgate",
            description = "The gateway's data folder, where the key is (default .stepgate).")
    private Path data = Path.of(".stepgate");

    @Override
    public Integer call() {
        Optional<String> mode = ConfigProvider.getConfig().getOptionalValue("stepgate.mode", String.class);
        if (mode.filter("production"::equalsIgnoreCase).isPresent()) {
            throw new IllegalStateException(
                    "development tokens are for training, and stepgate.mode is production: get a token from the issuer");
        }
        String scopes = scope == null ? scopes() : scope;
        if (minutes < 1 || minutes > 24 * 60) {
            throw wrong("--minutes must be from 1 to 1440");
        }
        List<String> audiences = new ArrayList<>();
        for (String environment : environments.isEmpty() ? List.of("echo") : environments) {
            if (!ENVIRONMENT.matcher(environment).matches()) {
                throw wrong("--env must be the name of an environment, as `echo`");
            }
            audiences.add(url + "/envs/" + environment + "/mcp");
        }
        if (role.equals("operator")) {
            audiences.add(url + "/q");
        }
        System.out.println(DevelopmentIssuer.in(data)
                .token(subject, audiences, scopes, Instant.now(), Duration.ofMinutes(minutes)));
        return 0;
    }

    private String scopes() {
        return switch (role) {
            case "agent" -> "tools:list tools:call";
            case "trainer" -> "episodes";
            case "observer" -> "observe";
            case "operator" -> "operate";
            default -> throw wrong("--role must be agent, trainer, observer or operator");
        };
    }

    private RuntimeException wrong(String sentence) {
        return spec == null
                ? new IllegalStateException(sentence)
                : new ParameterException(spec.commandLine(), sentence);
    }
}
