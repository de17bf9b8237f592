package dev.stepgate.environment.driver;

import dev.stepgate.environment.Dial;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * No isolation: an ordinary child process with the gateway's own rights. For the profile {@code dev} alone, and says so at
 * every start. Its workspace is a folder of its own that is removed with it; nothing keeps the program inside.
 */
public final class ProcessDriver implements SandboxDriver {
    private final Spawner spawner = new Spawner();
    private final CredentialFiles credentials = new CredentialFiles();
    private @Nullable DriverHome home;

    @Override
    public String id() {
        return "process";
    }

    @Override
    public Probe probe() {
        return new Probe(Set.of(), "");
    }

    @Override
    public String packagesFolder(SandboxSpec spec) {
        Path packages = spec.packages();
        return packages == null ? "" : String.valueOf(packages.getParent());
    }

    @Override
    public boolean sharesTheLoopback() {
        return true;
    }

    @Override
    public Sandbox start(SandboxSpec asked) throws SandboxRefused {
        if (asked.wayOut()) {
            throw new SandboxRefused("the driver process opens no way out: choose a profile that isolates");
        }
        System.getLogger(ProcessDriver.class.getName())
                .log(System.Logger.Level.WARNING, "sandbox=process isolation=none command={0}", asked.command());
        Path workspace = null;
        Path files = null;
        try {
            DriverHome kept = home();
            workspace = kept == null
                    ? Files.createTempDirectory("stepgate-workspace-")
                    : Files.createTempDirectory(kept.folder(), "work-");
            files = asked.files().isEmpty() ? null : credentials.write(asked.files(), -1);
            SandboxSpec spec = asked.with(workspace.toString(), String.valueOf(files));
            ProcessBuilder builder = new ProcessBuilder(command(spec)).directory(workspace.toFile());
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/bin:/bin");
            builder.environment().put("HOME", workspace.toString());
            builder.environment().putAll(spec.env());
            Path made = workspace;
            Path given = files;
            Dial dial = spec.port() == 0 ? null : new Dial.Loopback(spec.port());
            Process process = spawner.start(builder);
            Path record = kept == null ? null : kept.record(process);
            return new ProcessSandbox(process, dial, WorkspaceCopy.of(made), Process::descendants, () -> {
                FolderTrees.delete(made);
                CredentialFiles.delete(given);
                if (record != null) {
                    FolderTrees.delete(record);
                }
            });
        } catch (IOException | IllegalArgumentException failed) {
            CredentialFiles.delete(files);
            if (workspace != null) {
                FolderTrees.delete(workspace);
            }
            throw new SandboxRefused("the program cannot be started");
        }
    }

    private static List<String> command(SandboxSpec spec) {
        List<String> command = new ArrayList<>();
        if (spec.port() != 0) {
            // What such a program prints is no message; standard error is always read.
            command.addAll(List.of("/bin/sh", "-c", "exec \"$@\" </dev/null 1>&2", "stepgate-launch"));
        }
        command.addAll(spec.commandLine());
        return command;
    }

    /** What the next gateway puts away if this one is killed; null where there is no {@code /proc} to know it by. */
    private synchronized @Nullable DriverHome home() throws IOException {
        DriverHome own = home;
        if (own == null && DriverHome.identity(ProcessHandle.current().pid()).isPresent()) {
            own = DriverHome.create(Path.of(System.getProperty("java.io.tmpdir")));
            home = own;
        }
        return own;
    }

    @Override
    public synchronized void close() {
        spawner.close();
        credentials.close();
        DriverHome own = home;
        if (own != null) {
            own.close();
            home = null;
        }
    }
}
