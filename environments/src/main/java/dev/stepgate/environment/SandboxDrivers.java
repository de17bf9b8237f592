package dev.stepgate.environment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Chooses the driver for an environment: the first that guarantees what it requires, or none. Never a weaker one. */
public final class SandboxDrivers implements AutoCloseable {
    private final List<SandboxDriver> isolating;
    private final SandboxDriver none;

    /**
     * @param isolating drivers that isolate, best first
     * @param none the driver that does not, for the profile {@code dev} alone
     */
    public SandboxDrivers(List<SandboxDriver> isolating, SandboxDriver none) {
        this.isolating = List.copyOf(isolating);
        this.none = none;
    }

    /** What came of choosing. */
    public sealed interface Choice {
        /** This driver gives all that is required. */
        record Chosen(SandboxDriver driver) implements Choice {}

        /** No driver does; the reason is one sentence with the way out. */
        record Unavailable(String reason) implements Choice {}
    }

    /** Those that isolate, best first. */
    public List<SandboxDriver> isolating() {
        return isolating;
    }

    public Choice choose(Isolation isolation) {
        if (isolation.profile() == Profile.DEV && isolation.required().isEmpty()) {
            return new Choice.Chosen(none);
        }
        StringBuilder reasons = new StringBuilder();
        for (SandboxDriver driver : isolating) {
            SandboxDriver.Probe probe = driver.probe();
            Set<Guarantee> missing = new TreeSet<>(isolation.required());
            missing.removeAll(probe.guarantees());
            if (missing.isEmpty() && probe.missing().isEmpty()) {
                return new Choice.Chosen(driver);
            }
            reasons.append(reasons.isEmpty() ? "" : "; ")
                    .append("driver ")
                    .append(driver.id())
                    .append(
                            probe.missing().isEmpty()
                                    ? " does not hold "
                                            + missing.stream()
                                                    .map(Guarantee::wireName)
                                                    .collect(Collectors.joining(", "))
                                            + " here"
                                    : " needs " + probe.missing());
        }
        return new Choice.Unavailable("no sandbox: " + reasons);
    }

    /** Where a program lies on this machine: an absolute path as it is, a name by the gateway's PATH. */
    public static Optional<Path> program(String command) {
        if (command.contains("/")) {
            return Optional.of(Path.of(command)).filter(Files::isExecutable);
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        return Arrays.stream(path.split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, command))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public void close() {
        isolating.forEach(SandboxDriver::close);
        none.close();
    }
}
