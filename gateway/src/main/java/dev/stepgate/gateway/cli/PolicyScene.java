package dev.stepgate.gateway.cli;

import dev.stepgate.policy.Caller;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.yaml.YamlRefused;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where and for whom a policy is looked at: the options of the commands that decide calls. */
final class PolicyScene {

    @Option(names = "--tools", description = "The environment's tools; by default <name>.tools.json beside the policy.")
    private @Nullable Path tools;

    @Option(names = "--env", description = "The environment (default: the policy's glob with * as 1).")
    private @Nullable String env;

    @Option(names = "--mode", description = "training or production (default production).", defaultValue = "production")
    private String mode = "production";

    @Option(names = "--caller", description = "SUBJECT[:ROLE,ROLE] (default runner:agent).")
    private @Nullable String caller;

    EnvironmentFacts facts(Path file, Policy policy) throws YamlRefused {
        return PolicyInput.facts(file, tools, env == null ? policy.someEnvironment() : env, PolicyInput.mode(mode));
    }

    /** @param recorded who calls where the options do not say; empty for the default */
    Caller caller(String recorded) {
        String unnamed = recorded.isEmpty() ? "runner" : recorded.replace(':', '_') + ":agent";
        return PolicyInput.caller(caller == null ? unnamed : caller);
    }
}
