package dev.stepgate.gateway.cli;

import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.config.Assembly;
import dev.stepgate.gateway.config.AssemblyHolder;
import dev.stepgate.gateway.config.GatewayConfig;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;

/** What {@code serve} does once the server listens: says what is served, and waits. */
public class ServedApplication implements QuarkusApplication {
    private final AssemblyHolder holder;
    private final GatewayConfig config;

    @Inject
    ServedApplication(AssemblyHolder holder, GatewayConfig config) {
        this.holder = holder;
        this.config = config;
    }

    @Override
    public int run(String... args) {
        Assembly assembly = holder.assembly();
        assembly.problems().forEach(problem -> System.err.println("stepgate: " + problem));
        if (config.strict() && !assembly.problems().isEmpty()) {
            return 1;
        }
        if (config.allowAnonymous()) {
            System.err.println("stepgate: warning: --allow-anonymous lets every caller in with every right");
        }
        assembly.gateway().environments().all().forEach(environment -> print(assembly, environment));
        System.out.println("Serving on " + assembly.gateway().publicUrl() + " - stop with Ctrl-C");
        Quarkus.waitForExit();
        return 0;
    }

    private void print(Assembly assembly, ServedEnvironment environment) {
        String name = environment.name();
        String base = assembly.gateway().publicUrl() + "/envs/" + name;
        String mode = config.mode().name().toLowerCase(java.util.Locale.ROOT);
        switch (environment.state()) {
            case State.Unavailable(String reason) -> System.out.println(name + "  unavailable: " + reason + "\n");
            case State.Available available ->
                System.out.println(name + "  " + mode + ", sandbox driver: "
                        + available.driver() + "\n"
                        + "  MCP      " + base + "/mcp\n"
                        + "  OpenEnv  " + base + "\n"
                        + "  agent    claude mcp add --transport http " + name + " " + base + "/mcp\n"
                        + "  trainer  base_url=\"" + base + "\"\n");
        }
    }
}
