package dev.stepgate.gateway.upstream;

import dev.stepgate.adapter.builtin.BundledAdapter;
import dev.stepgate.adapter.http.StreamableHttpMcpAdapter;
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
import io.vertx.core.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Connects an upstream the way its manifest says. Thread-safe. */
public final class UpstreamConnector {
    /** Where nothing runs in a process of its own there is nothing to fence. */
    public static final String NO_DRIVER = "none";

    private final SandboxDrivers drivers;
    private final HttpClient http;

    /** @param http its pool and its wait queue are bounded */
    public UpstreamConnector(SandboxDrivers drivers, HttpClient http) {
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
        return switch (upstream) {
            case Upstream.Builtin builtin ->
                new BundledAdapter(bundled.orElseGet(() -> BundledEnvironment.named(builtin.builtin())));
            case Upstream.Http remote ->
                StreamableHttpMcpAdapter.open(http, remote.url(), new Credential.None(), deadline);
            case Upstream.Stdio stdio -> StdioMcpAdapter.open(start(stdio, manifest.isolation()), deadline);
        };
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
