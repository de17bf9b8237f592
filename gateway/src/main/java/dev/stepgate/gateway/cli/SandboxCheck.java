package dev.stepgate.gateway.cli;

import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Guarantee;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.Upstream;
import dev.stepgate.environment.driver.LocalDrivers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What each sandbox driver holds on this machine, by its canary, and which of them an environment would get. */
final class SandboxCheck implements HealthCheck {
    private static final String CHECK = "sandbox";

    private final List<EnvironmentManifest> manifests;

    SandboxCheck(List<EnvironmentManifest> manifests) {
        this.manifests = manifests;
    }

    @Override
    public List<Finding> look() {
        List<Finding> findings = new ArrayList<>();
        try (SandboxDrivers drivers = LocalDrivers.create()) {
            drivers.isolating().forEach(driver -> findings.addAll(of(driver)));
            manifests.stream()
                    .filter(manifest -> manifest.upstreams().stream().anyMatch(upstream -> upstream.isStarted()))
                    .map(manifest -> of(manifest, drivers))
                    .forEach(findings::add);
        }
        return findings;
    }

    private static List<Finding> of(SandboxDriver driver) {
        SandboxDriver.Probe probe = driver.probe();
        if (!probe.missing().isEmpty()) {
            return List.of(new Finding(Finding.Grade.LESS, CHECK, driver.id(), "does not run here", probe.missing()));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(new Finding(Finding.Grade.OK, CHECK, driver.id(), "holds " + names(probe.guarantees()), ""));
        Set<Guarantee> missing = EnumSet.complementOf(copy(probe.guarantees()));
        missing.stream()
                .collect(Collectors.groupingBy(SandboxCheck::help, java.util.TreeMap::new, Collectors.toList()))
                .forEach((help, those) -> findings.add(
                        new Finding(Finding.Grade.LESS, CHECK, driver.id(), "does not hold " + names(those), help)));
        return findings;
    }

    private static EnumSet<Guarantee> copy(Set<Guarantee> guarantees) {
        EnumSet<Guarantee> copy = EnumSet.noneOf(Guarantee.class);
        copy.addAll(guarantees);
        return copy;
    }

    private static Finding of(EnvironmentManifest manifest, SandboxDrivers drivers) {
        boolean builtinAlone = manifest.upstreams().stream().allMatch(Upstream.Builtin.class::isInstance);
        return switch (drivers.choose(manifest.isolation())) {
            case SandboxDrivers.Choice.Chosen(SandboxDriver driver) ->
                new Finding(
                        Finding.Grade.OK,
                        "environment",
                        manifest.name(),
                        "runs under " + driver.id() + (builtinAlone ? "" : ", if its packages are installed"),
                        "");
            case SandboxDrivers.Choice.Unavailable(String reason) ->
                new Finding(Finding.Grade.MISSING, "environment", manifest.name(), "cannot run: " + reason, "");
        };
    }

    private static String names(Collection<Guarantee> guarantees) {
        return guarantees.stream().sorted().map(Guarantee::wireName).collect(Collectors.joining(", "));
    }

    /** What would give a guarantee to a machine that has it from no driver. */
    private static String help(Guarantee missing) {
        return switch (missing) {
            case MEM_HARD ->
                "the driver bubblewrap and a control group that the gateway may write to: run it as root, or by"
                        + " `systemd-run --user --scope -p Delegate=yes`";
            case CPU, KERNEL_SEPARATE -> "a driver that holds it, which this version does not have";
            case VSOCK, ABSTRACT_SOCKETS, NET_NONE ->
                "the packages perl and bash, by which it is tried: apt-get install perl bash";
            case NET_ALLOWLIST ->
                "the driver bubblewrap and the package perl: apt-get install bubblewrap util-linux perl";
            case FS_READ,
                    FS_WRITE,
                    FS_QUOTA,
                    PID_HIDDEN,
                    SIGNAL,
                    ENV_CLEAN,
                    FD_CLEAN,
                    MEM_PER_PROCESS,
                    PIDS,
                    SYSCALL_FILTER,
                    NO_PRIV_GAIN,
                    KILL_TREE ->
                "the driver bubblewrap, where user namespaces are allowed: apt-get install bubblewrap util-linux";
        };
    }
}
