package dev.stepgate.gateway.upstream;

import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import dev.stepgate.environment.Upstream;
import dev.stepgate.environment.bundled.BundledEnvironment.SandboxStarter;
import dev.stepgate.environment.egress.EgressAttempt;
import dev.stepgate.environment.egress.EgressProxy;
import dev.stepgate.environment.egress.Outlet;
import dev.stepgate.gateway.credential.RunCredentials;
import dev.stepgate.tool.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Starts the programs of upstreams, each in a sandbox of its own. Thread-safe. */
final class Sandboxes {
    private static final String PORT = "{port}";

    private final SandboxDrivers drivers;
    private final EgressProxy egress;
    private final SecureRandom random = new SecureRandom();

    Sandboxes(SandboxDrivers drivers, EgressProxy egress) {
        this.drivers = drivers;
        this.egress = egress;
    }

    /**
     * A sandbox and its way out.
     *
     * @param outlet null where the environment lists no host
     */
    record Started(Sandbox sandbox, @Nullable Outlet outlet) {

        boolean lives() {
            return !sandbox.exit().toCompletableFuture().isDone();
        }

        /** Who is told of what it asks for outside. */
        Started telling(Consumer<EgressAttempt> told) {
            if (outlet != null) {
                outlet.tell(told);
            }
            return this;
        }
    }

    /**
     * A program as its manifest names it.
     *
     * @param port where it will listen, or 0
     * @param launcher what comes before the command and becomes it at last
     */
    record Program(
            String command,
            List<String> args,
            Map<String, String> env,
            Upstream.@Nullable Packages packages,
            int port,
            Map<String, String> credentials,
            Map<String, String> files,
            List<String> launcher) {

        /** With the credentials it is started with; variables are put in as they are, after the manifest's own. */
        static Program of(Upstream.Stdio stdio, RunCredentials held) {
            return new Program(
                    stdio.command(),
                    stdio.args(),
                    stdio.env(),
                    stdio.packages(),
                    0,
                    held.variables(stdio.name()),
                    held.files(stdio.name()),
                    List.of());
        }

        static Program of(Upstream.OpenEnvServer server) {
            return new Program(
                    server.command(),
                    server.args(),
                    server.env(),
                    server.packages(),
                    server.port(),
                    Map.of(),
                    Map.of(),
                    List.of());
        }

        static Program of(Rubric.Verifier verifier, List<String> launcher) {
            return new Program(
                    verifier.command(),
                    verifier.args(),
                    verifier.env(),
                    verifier.packages(),
                    0,
                    Map.of(),
                    Map.of(),
                    launcher);
        }

        /** Whether it is started with what belongs to one run. */
        boolean holdsCredentials() {
            return !credentials.isEmpty() || !files.isEmpty();
        }

        boolean namesItsPort() {
            return args.stream().anyMatch(arg -> arg.contains(PORT))
                    || env.values().stream().anyMatch(value -> value.contains(PORT));
        }
    }

    /** @throws Refusal {@code env_error} with the way out */
    Started start(Program program, Isolation isolation) {
        SandboxDriver driver = choose(isolation);
        Path command = SandboxDrivers.program(program.command())
                .orElseThrow(() -> Refusal.environmentFailed(
                        "the program `" + program.command() + "` is not installed on this machine"));
        Upstream.Packages packages = program.packages();
        if (packages != null && !Files.isDirectory(packages.folder())) {
            throw Refusal.environmentFailed("its packages are not installed: run `" + packages.install() + "`");
        }
        int port = driver.sharesTheLoopback() && program.namesItsPort() ? freePort() : program.port();
        SandboxSpec bare = new SandboxSpec(
                command, List.of(), Map.of(), packages == null ? null : packages.folder(), isolation.limits(), port);
        String folder = driver.packagesFolder(bare);
        List<String> args =
                program.args().stream().map(arg -> filled(arg, folder, port)).toList();
        Map<String, String> env = program.env().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> filled(entry.getValue(), folder, port)));
        env.putAll(program.credentials());
        try {
            SandboxSpec spec = new SandboxSpec(
                            command, args, env, bare.packages(), bare.limits(), port, program.files())
                    .launchedBy(program.launcher());
            if (isolation.egress().isEmpty()) {
                return new Started(driver.start(spec), null);
            }
            String token = token();
            Sandbox sandbox = driver.start(spec.withWayOut(proxied(token)));
            return new Started(sandbox, egress.serve(sandbox.wayOut().orElseThrow(), isolation.egress(), token));
        } catch (SandboxRefused refused) {
            throw Refusal.environmentFailed(refused.sentence());
        }
    }

    /** Starts a program of the gateway's own, with the gateway's JDK in reach: {@link SandboxStarter#JDK} in its arguments. */
    Sandbox startOwn(String command, List<String> args, Isolation isolation) {
        Path jdk = Path.of(System.getProperty("java.home"));
        String inside = "{packages}/" + jdk.getFileName();
        List<String> filled = args.stream()
                .map(arg -> arg.replace(SandboxStarter.JDK, inside))
                .toList();
        return start(
                        new Program(
                                command,
                                filled,
                                Map.of(),
                                new Upstream.Packages(jdk, ""),
                                0,
                                Map.of(),
                                Map.of(),
                                List.of()),
                        isolation)
                .sandbox();
    }

    private String token() {
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What programs look for to find a proxy; some read one spelling, some the other, and node must be told to look. */
    private static Map<String, String> proxied(String token) {
        String proxy = "http://" + Outlet.USER + ":" + token + "@127.0.0.1:" + SandboxSpec.WAY_OUT_PORT;
        String near = "localhost,127.0.0.1,::1";
        return Map.of(
                "HTTP_PROXY", proxy,
                "http_proxy", proxy,
                "HTTPS_PROXY", proxy,
                "https_proxy", proxy,
                "NO_PROXY", near,
                "no_proxy", near,
                "NODE_USE_ENV_PROXY", "1");
    }

    SandboxDriver choose(Isolation isolation) {
        return switch (drivers.choose(isolation)) {
            case SandboxDrivers.Choice.Chosen(SandboxDriver driver) -> driver;
            case SandboxDrivers.Choice.Unavailable(String reason) -> throw Refusal.environmentFailed(reason);
        };
    }

    private static String filled(String text, String packages, int port) {
        return text.replace("{packages}", packages).replace(PORT, String.valueOf(port));
    }

    /** One that is free now. Without isolation another program may still take it first, and the start fails. */
    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException none) {
            throw Refusal.environmentFailed("no port of loopback is free");
        }
    }
}
