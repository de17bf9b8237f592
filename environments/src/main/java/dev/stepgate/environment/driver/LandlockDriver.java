package dev.stepgate.environment.driver;

import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import dev.stepgate.environment.driver.jail.JailSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Landlock and a system call filter, put on by a small JVM that then becomes the program. Needs no package and no right but
 * those of an ordinary process, and works inside an ordinary container. It is the weaker boundary: files are closed but their
 * names can be guessed at, other processes can be seen to exist, the workspace is a folder of the machine without a size, and
 * no port inside is reached. As root each sandbox runs under a user id of its own.
 */
public final class LandlockDriver implements SandboxDriver {
    private static final int FIRST_UID = 300_000;
    private static final int OLDEST_ABI = 3;
    private static final long TO_LOOK_SECONDS = 10;

    /** Processes that a user may have beyond those it has, where the user is not the sandbox's own: the end of a fork bomb. */
    private static final int SHARED_USER_PROCESSES = 4_096;

    /** Beside what a program is given of its own: the system's programs and libraries, and what they look up. */
    private static final List<String> SYSTEM = List.of(
            "/usr",
            "/bin",
            "/sbin",
            "/lib",
            "/lib64",
            "/etc/ld.so.cache",
            "/etc/alternatives",
            "/etc/ssl",
            "/etc/localtime",
            "/dev/urandom",
            "/dev/random",
            "/proc/meminfo",
            "/proc/cpuinfo",
            "/proc/stat",
            "/proc/uptime",
            "/proc/version",
            "/proc/filesystems",
            "/sys/devices/system/cpu");

    private static final List<String> DEVICES = List.of("/dev/null", "/dev/zero", "/dev/full");

    private final Spawner spawner = new Spawner();
    private final SandboxUsers users = new SandboxUsers(FIRST_UID, new SecureRandom());
    private final OneProbe probe = new OneProbe();
    private final CredentialFiles credentials = new CredentialFiles();
    private @Nullable Home home;

    /** What the driver keeps on the disk, and the process that outlives the gateway to clear up. */
    private record Home(DriverHome files, ReadableFolders readable, Jailers jailers, Process keeper)
            implements AutoCloseable {
        @Override
        public void close() {
            jailers.close();
            files.close();
            // The keeper now finds no record, and so nothing to end.
            keeper.destroyForcibly();
        }
    }

    @Override
    public String id() {
        return "landlock";
    }

    @Override
    public Probe probe() {
        return probe.get(this::missing, this::runCanary);
    }

    private Optional<String> missing() {
        String machine = System.getProperty("os.arch");
        if (!"Linux".equals(System.getProperty("os.name"))) {
            return Optional.of("Linux");
        }
        if (SeccompFilter.forMachine(machine).isEmpty()
                || SharedHostFilter.forMachine(machine, true).isEmpty()) {
            return Optional.of("a processor that the system call filter knows: x86_64 or aarch64");
        }
        try {
            return landlockVersion() < OLDEST_ABI
                    ? Optional.of("a Linux kernel from 6.2 on with Landlock switched on: `lsm=landlock,…` at its start")
                    : Optional.empty();
        } catch (IOException failed) {
            return Optional.of("a jailer that starts (" + failed.getMessage() + ")");
        }
    }

    private int landlockVersion() throws IOException {
        Process asked = spawner.start(bare(new ProcessBuilder(home().jailers().command(List.of()))));
        try {
            if (!asked.waitFor(TO_LOOK_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("it does not answer");
            }
            String said = new String(asked.getInputStream().readNBytes(20), StandardCharsets.US_ASCII).strip();
            return said.matches("[0-9]{1,4}") ? Integer.parseInt(said) : 0;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            asked.destroyForcibly();
        }
    }

    private Probe runCanary() {
        try {
            return new Canary(this).run();
        } catch (SandboxRefused | IOException failed) {
            return new Probe(Set.of(), "a machine on which a jail can be made (" + failed.getMessage() + ")");
        }
    }

    @Override
    public String packagesFolder(SandboxSpec spec) {
        Path packages = spec.packages();
        try {
            return packages == null
                    ? ""
                    : String.valueOf(home().readable().of(packages).getParent());
        } catch (IOException | UncheckedIOException unreadable) {
            return ""; // the start refuses and says so
        }
    }

    @Override
    public Sandbox start(SandboxSpec asked) throws SandboxRefused {
        if (asked.port() != 0) {
            throw new SandboxRefused(
                    "the driver landlock reaches no port inside: a server needs the packages bubblewrap and"
                            + " util-linux: apt-get install bubblewrap util-linux");
        }
        if (asked.wayOut()) {
            throw new SandboxRefused("the driver landlock opens no way out: it needs the packages bubblewrap and"
                    + " util-linux: apt-get install bubblewrap util-linux");
        }
        Path folder = null;
        Path files = null;
        try {
            Home kept = home();
            folder = Files.createTempDirectory(kept.files().folder(), "work-");
            int uid = users.areApart() ? users.next() : -1;
            Path workspace = own(folder.resolve("workspace"), uid);
            Path temporary = own(folder.resolve("tmp"), uid);
            open(folder);
            files = asked.files().isEmpty() ? null : credentials.write(asked.files(), uid);
            SandboxSpec spec = asked.with(workspace.toString(), String.valueOf(files));
            Path written = Files.write(
                    folder.resolve("spec"),
                    jail(spec, kept, new Own(workspace, temporary, files), uid).encoded());
            Process process =
                    spawner.start(bare(new ProcessBuilder(kept.jailers().command(List.of(written.toString())))));
            Path record = kept.files().record(process);
            Path made = folder;
            Path given = files;
            WorkspaceCopy copy = WorkspaceCopy.of(workspace);
            return new ProcessSandbox(process, null, copy, Sessions::members, () -> {
                FolderTrees.delete(made);
                CredentialFiles.delete(given);
                FolderTrees.delete(record);
            });
        } catch (IOException | UncheckedIOException failed) {
            CredentialFiles.delete(files);
            if (folder != null) {
                FolderTrees.delete(folder);
            }
            throw new SandboxRefused("the sandbox cannot be started");
        }
    }

    /** The folders of one sandbox. */
    private record Own(
            Path workspace, Path temporary, @Nullable Path credentials) {}

    private JailSpec jail(SandboxSpec spec, Home kept, Own own, int uid) throws IOException {
        List<String> readable = new ArrayList<>(SYSTEM);
        Path prefix = ReadableFolders.prefix(spec.command());
        if (prefix != null) {
            readable.add(prefix.toString());
        }
        Path packages = spec.packages();
        if (packages != null) {
            readable.add(kept.readable().of(packages).toRealPath().toString());
        }
        Path given = own.credentials();
        if (given != null) {
            readable.add(given.toRealPath().toString());
        }
        String machine = System.getProperty("os.arch");
        return new JailSpec(
                readable,
                DEVICES,
                List.of(own.workspace().toString(), own.temporary().toString()),
                own.workspace().toString(),
                uid,
                List.of(
                        SeccompFilter.forMachine(machine).orElseThrow(),
                        SharedHostFilter.forMachine(machine, uid >= 0).orElseThrow()),
                Rlimits.of(spec.limits(), uid >= 0 ? 0 : SHARED_USER_PROCESSES),
                spec.commandLine(),
                environment(spec, own.workspace(), own.temporary()),
                ProcessHandle.current().pid());
    }

    private static List<String> environment(SandboxSpec spec, Path workspace, Path temporary) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "PATH",
                "/usr/bin:/bin",
                "HOME",
                workspace.toString(),
                "TMPDIR",
                temporary.toString(),
                "LANG",
                "C.UTF-8"));
        variables.putAll(spec.env());
        return variables.entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
    }

    private static Path own(Path folder, int uid) throws IOException {
        Files.createDirectory(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (uid >= 0) {
            Files.setAttribute(folder, "unix:gid", uid);
            Files.setAttribute(folder, "unix:uid", uid);
        }
        return folder;
    }

    /** To be passed through by the sandbox's user, not to be listed. */
    private static void open(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    }

    /** The jailer's own process starts with nothing of the gateway's environment. */
    private ProcessBuilder bare(ProcessBuilder builder) {
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        return builder.directory(Path.of("/").toFile());
    }

    private synchronized Home home() throws IOException {
        Home own = home;
        if (own == null) {
            DriverHome files = DriverHome.create(Path.of(System.getProperty("java.io.tmpdir")));
            try {
                Process keeper = spawner.start(bare(new ProcessBuilder(Sessions.keeper(files.folder()))));
                own = new Home(
                        files,
                        new ReadableFolders(users.areApart(), files.folder()),
                        Jailers.in(files.folder()),
                        keeper);
            } catch (IOException failed) {
                files.close();
                throw failed;
            }
            home = own;
        }
        return own;
    }

    @Override
    public synchronized void close() {
        spawner.close();
        credentials.close();
        Home own = home;
        if (own != null) {
            own.close();
            home = null;
        }
    }
}
