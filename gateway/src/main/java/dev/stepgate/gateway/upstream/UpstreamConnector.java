package dev.stepgate.gateway.upstream;

import dev.stepgate.adapter.AdapterStack;
import dev.stepgate.adapter.builtin.BundledAdapter;
import dev.stepgate.adapter.stdio.StdioLimits;
import dev.stepgate.adapter.stdio.StdioMcpAdapter;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import dev.stepgate.environment.Upstream;
import dev.stepgate.environment.bundled.BundledEnvironment;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Connects an upstream the way its manifest says. Thread-safe. */
public final class UpstreamConnector {
    /** Where nothing runs in a process of its own there is nothing to fence. */
    public static final String NO_DRIVER = "none";

    /** Calls that one run may have under way with one upstream; further ones wait within their deadline. */
    private static final int MAX_CALLS_IN_FLIGHT = 64;

    private final SandboxDrivers drivers;
    private final HttpOpener http;

    /** Opens sessions with MCP servers over HTTP; given from outside, so that no HTTP library is known here. */
    @FunctionalInterface
    public interface HttpOpener {
        ToolAdapter open(URI url, Credential own, Deadline deadline);
    }

    public UpstreamConnector(SandboxDrivers drivers, HttpOpener http) {
        this.drivers = drivers;
        this.http = http;
    }

    /** The name of the driver that an environment would run under. */
    public String driverFor(EnvironmentManifest manifest) {
        boolean spawns = manifest.upstreams().stream().anyMatch(Upstream.Stdio.class::isInstance);
        return spawns ? choose(manifest.isolation()).id() : NO_DRIVER;
    }

    /** Connects one upstream for one run. A bundled environment must be given by the caller, who also resets it. */
    ToolAdapter connect(
            EnvironmentManifest manifest, Upstream upstream, Optional<BundledEnvironment> bundled, Deadline deadline) {
        ToolAdapter bare = switch (upstream) {
            case Upstream.Builtin builtin -> {
                BundledEnvironment environment = bundled.orElseGet(() -> BundledEnvironment.named(builtin.builtin()));
                yield new BundledAdapter(environment.tools(), environment::call);
            }
            case Upstream.Http remote -> http.open(remote.url(), new Credential.None(), deadline);
            case Upstream.Stdio stdio -> {
                Sandbox sandbox = start(stdio, manifest.isolation());
                yield StdioMcpAdapter.connect(
                        sandbox.stdout(), sandbox.stdin(), sandbox::close, StdioLimits.DEFAULT, deadline);
            }
        };
        return AdapterStack.around(bare, MAX_CALLS_IN_FLIGHT);
    }

    private Sandbox start(Upstream.Stdio stdio, Isolation isolation) {
        SandboxDriver driver = choose(isolation);
        Path command = SandboxDrivers.program(stdio.command())
                .orElseThrow(() -> Refusal.environmentFailed(
                        "the program `" + stdio.command() + "` is not installed on this machine"));
        Upstream.Packages packages = stdio.packages();
        if (packages != null && !Files.isDirectory(packages.folder())) {
            throw Refusal.environmentFailed("its packages are not installed: run `" + packages.install() + "`");
        }
        SandboxSpec bare = new SandboxSpec(
                command, List.of(), stdio.env(), packages == null ? null : packages.folder(), isolation.limits());
        String folder = driver.packagesFolder(bare);
        List<String> args = stdio.args().stream()
                .map(arg -> arg.replace("{packages}", folder))
                .toList();
        try {
            return driver.start(new SandboxSpec(command, args, bare.env(), bare.packages(), bare.limits()));
        } catch (SandboxRefused refused) {
            throw Refusal.environmentFailed(refused.sentence());
        }
    }

    private SandboxDriver choose(Isolation isolation) {
        return switch (drivers.choose(isolation)) {
            case SandboxDrivers.Choice.Chosen(SandboxDriver driver) -> driver;
            case SandboxDrivers.Choice.Unavailable(String reason) -> throw Refusal.environmentFailed(reason);
        };
    }
}
