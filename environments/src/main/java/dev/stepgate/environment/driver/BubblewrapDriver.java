package dev.stepgate.environment.driver;

import dev.stepgate.environment.Dial;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Linux namespaces by {@code bwrap}, with a system call filter of our own: no network, no foreign process or file, a
 * read-only system, a workspace of fixed size in memory. As root each sandbox runs under a user id of its own; otherwise
 * under the gateway's, mapped to another inside.
 */
public final class BubblewrapDriver implements SandboxDriver {
    /**
     * The whole shell text, constant: it joins the control groups (of each a line of the third parameter), opens what {@code
     * ProcessBuilder} cannot pass on (arguments on descriptor 8, the filter on 9, credentials from 3 on, a line each of the
     * fourth), removes what may hold secrets, and becomes the program. Everything else travels as positional parameters.
     */
    private static final String LAUNCH = """
            A=$1; F=$2; G=$3; C=$4; shift 4; set -f; IFS='
            '; for g in $G; do echo $$ >"$g/cgroup.procs" || exit 125; done
            n=3; for c in $C; do eval "exec $n<\"\\$c\"" || exit 125; rm -f "$c"; n=$((n+1)); done; unset IFS; set +f
            exec 8<"$A" 9<"$F"; rm -f "$A"; exec "$@"
            """;

    private static final String WORKSPACE = "/workspace";
    private static final String PACKAGES = "/srv/app";
    private static final String CREDENTIALS = "/run/credentials";
    private static final int FIRST_CREDENTIAL = 3;
    private static final int FIRST_UID = 200_000;
    private static final long SMALL_TMPFS = 16L << 20;

    private final Spawner spawner = new Spawner();
    private final SandboxUsers users = new SandboxUsers(FIRST_UID, new SecureRandom());
    private final Cgroups cgroups;
    private final OneProbe probe = new OneProbe();
    private final CredentialFiles credentials = new CredentialFiles();
    private @Nullable DriverHome home;
    private @Nullable ReadableFolders readable;

    /** @param cgroups where limits on a whole sandbox are set, if anywhere */
    BubblewrapDriver(Cgroups cgroups) {
        this.cgroups = cgroups;
    }

    public BubblewrapDriver() {
        this(Cgroups.find());
    }

    @Override
    public String id() {
        return "bubblewrap";
    }

    @Override
    public Probe probe() {
        return probe.get(this::missing, this::runCanary);
    }

    private Optional<String> missing() {
        if (!"Linux".equals(System.getProperty("os.name"))) {
            return Optional.of("Linux");
        }
        List<String> programs = users.areApart() ? List.of("bwrap", "prlimit", "setpriv") : List.of("bwrap", "prlimit");
        if (programs.stream()
                .anyMatch(program -> SandboxDrivers.program(program).isEmpty())) {
            return Optional.of("the packages bubblewrap and util-linux: apt-get install bubblewrap util-linux");
        }
        return SeccompFilter.forMachine(System.getProperty("os.arch")).isEmpty()
                ? Optional.of("a processor that the system call filter knows: x86_64 or aarch64")
                : Optional.empty();
    }

    private Probe runCanary() {
        try {
            return new Canary(this).run();
        } catch (SandboxRefused | IOException failed) {
            return new Probe(Set.of(), "user namespaces, which this machine refuses to give");
        }
    }

    @Override
    public String packagesFolder(SandboxSpec spec) {
        return PACKAGES;
    }

    @Override
    public Sandbox start(SandboxSpec asked) throws SandboxRefused {
        SandboxSpec spec = asked.with(WORKSPACE, CREDENTIALS);
        Path files = null;
        Path arguments = null;
        Path dial = null;
        WayOut out = null;
        Cgroups.Group group = null;
        try {
            int uid = users.areApart() ? users.next() : -1;
            if (spec.wayOut()) {
                requirePerl();
            }
            out = spec.wayOut() ? WayOut.open(home().folder(), uid) : null;
            arguments = write("args-", joined(arguments(spec, out)));
            Path filter = filter();
            DriverHome home = home();
            dial = spec.port() == 0 ? null : dialFolder();
            Path socket = dial == null ? null : dial.resolve("s");
            Cgroups.Group joined = cgroups.create(spec.limits());
            group = joined;
            Path groupRecord = home.record(joined);
            files = spec.files().isEmpty() ? null : credentials.write(spec.files(), -1);
            Launch launch = new Launch(arguments, filter, joined, listed(spec, files));
            ProcessBuilder builder = new ProcessBuilder(command(spec, launch, socket, uid))
                    .directory(home.folder().toFile());
            // What the launcher starts with is what the first process in the sandbox shows of itself.
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/bin:/bin");
            Path written = arguments;
            Path passed = files;
            Path made = dial;
            WayOut opened = out;
            Process process = spawner.start(builder);
            Path record = home.record(process);
            Dial way = socket == null ? null : new Dial.SocketFile(socket);
            WorkspaceCopy copy = WorkspaceCopy.inNamespaceOf(process, WORKSPACE);
            return new ProcessSandbox(process, way, out == null ? null : out.channel(), copy, joined::with, () -> {
                joined.remove();
                deleteQuietly(groupRecord);
                deleteQuietly(written);
                CredentialFiles.delete(passed);
                deleteQuietly(record);
                deleteDial(made);
                if (opened != null) {
                    opened.close();
                }
            });
        } catch (IOException | java.io.UncheckedIOException failed) {
            deleteQuietly(arguments);
            CredentialFiles.delete(files);
            deleteDial(dial);
            if (out != null) {
                out.close();
            }
            if (group != null) {
                group.remove();
            }
            throw new SandboxRefused("the sandbox cannot be started");
        }
    }

    /** A folder that no other user can enter, for the one socket file. */
    private Path dialFolder() throws SandboxRefused, IOException {
        requirePerl();
        return Files.createTempDirectory(home().folder(), "dial-");
    }

    private static void requirePerl() throws SandboxRefused {
        if (SandboxDrivers.program(PortRelay.PROGRAM).isEmpty()) {
            throw new SandboxRefused(
                    "a server in a sandbox, or a way out of it, needs the package perl: apt-get install perl");
        }
    }

    private static void deleteDial(@Nullable Path folder) {
        if (folder != null) {
            FolderTrees.delete(folder);
        }
    }

    /** As bwrap reads them. A NUL inside of one would begin another, which could be an option. */
    private static byte[] joined(List<String> arguments) throws IOException {
        if (arguments.stream().anyMatch(argument -> argument.indexOf('\0') >= 0)) {
            throw new IOException("an argument holds a NUL");
        }
        return String.join("\0", arguments).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * What the launcher opens and joins before it becomes the program.
     *
     * @param credentials the files that hold them, a line each
     */
    private record Launch(Path arguments, Path filter, Cgroups.Group group, String credentials) {}

    private static String listed(SandboxSpec spec, @Nullable Path folder) {
        return folder == null
                ? ""
                : names(spec).map(name -> folder.resolve(name).toString()).collect(Collectors.joining("\n"));
    }

    private static Stream<String> names(SandboxSpec spec) {
        return spec.files().keySet().stream().sorted();
    }

    private List<String> command(SandboxSpec spec, Launch launch, @Nullable Path socket, int user) throws IOException {
        Isolation.Limits limits = spec.limits();
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                LAUNCH,
                "stepgate-launch",
                launch.arguments().toString(),
                launch.filter().toString(),
                launch.group().written(),
                launch.credentials()));
        if (socket != null) {
            command.addAll(PortRelay.listener(socket));
        }
        if (users.areApart()) {
            // bwrap would map the user inside to root outside; and limits on processes count per user id.
            String uid = String.valueOf(user);
            command.addAll(
                    List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--no-new-privs", "--"));
        }
        command.add("prlimit");
        if (users.areApart()) {
            command.addAll(Rlimits.processes(limits));
        }
        command.addAll(Rlimits.options(limits));
        command.addAll(List.of("--", "bwrap", "--args", "8", "--"));
        if (!users.areApart()) {
            // Outside it would count the gateway's own threads too; in a user namespace it counts what is in there.
            command.add("prlimit");
            command.addAll(Rlimits.processes(limits));
            command.add("--");
        }
        if (socket != null) {
            command.addAll(PortRelay.relay(spec.port()));
        }
        if (spec.wayOut()) {
            command.addAll(WayOut.relay());
        }
        command.addAll(spec.commandLine());
        return command;
    }

    /** What bwrap reads from descriptor 8, where the program inside cannot see it. The order of mounts matters. */
    private List<String> arguments(SandboxSpec spec, @Nullable WayOut out) throws IOException {
        List<String> args = new ArrayList<>(List.of(
                "--unshare-user",
                "--unshare-ipc",
                "--unshare-pid",
                "--unshare-net",
                "--unshare-uts",
                "--unshare-cgroup",
                "--disable-userns",
                "--uid",
                "1000",
                "--gid",
                "1000",
                "--hostname",
                "sandbox",
                "--die-with-parent",
                "--new-session",
                "--cap-drop",
                "ALL",
                "--clearenv"));
        setEnvironment(
                args, Map.of("PATH", "/usr/bin:/bin", "HOME", "/workspace", "TMPDIR", "/tmp", "LANG", "C.UTF-8"));
        setEnvironment(args, spec.env());
        args.addAll(List.of(
                "--ro-bind",
                "/usr",
                "/usr",
                "--symlink",
                "usr/bin",
                "/bin",
                "--symlink",
                "usr/sbin",
                "/sbin",
                "--symlink",
                "usr/lib",
                "/lib",
                "--symlink",
                "usr/lib64",
                "/lib64"));
        for (String file : List.of("/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl", "/etc/localtime")) {
            args.addAll(List.of("--ro-bind-try", file, file));
        }
        args.addAll(List.of("--ro-bind", namesFile("passwd").toString(), "/etc/passwd"));
        args.addAll(List.of("--ro-bind", namesFile("group").toString(), "/etc/group"));
        Path prefix = ReadableFolders.prefix(spec.command());
        if (prefix != null) {
            args.addAll(List.of("--ro-bind", prefix.toString(), prefix.toString()));
        }
        args.addAll(List.of("--proc", "/proc", "--dev", "/dev"));
        addTmpfs(args, SMALL_TMPFS, "/dev/shm");
        args.addAll(List.of("--remount-ro", "/dev"));
        addTmpfs(args, SMALL_TMPFS, "/tmp");
        addTmpfs(args, spec.limits().diskBytes(), "/workspace");
        Path packages = spec.packages();
        if (packages != null) {
            args.addAll(
                    List.of("--ro-bind", readable().of(packages).toString(), PACKAGES + "/" + packages.getFileName()));
        }
        if (out != null) {
            args.addAll(List.of("--ro-bind", out.socket().toString(), WayOut.INSIDE));
        }
        if (!spec.files().isEmpty()) {
            args.addAll(List.of("--perms", "0500", "--dir", CREDENTIALS));
            int[] descriptor = {FIRST_CREDENTIAL};
            names(spec)
                    .forEach(name -> args.addAll(List.of(
                            "--perms", "0400", "--file", String.valueOf(descriptor[0]++), CREDENTIALS + "/" + name)));
        }
        args.addAll(List.of("--chdir", "/workspace", "--remount-ro", "/", "--seccomp", "9"));
        return args;
    }

    private static void setEnvironment(List<String> args, Map<String, String> variables) {
        variables.forEach((name, value) -> args.addAll(List.of("--setenv", name, value)));
    }

    private static void addTmpfs(List<String> args, long bytes, String at) {
        args.addAll(List.of("--size", String.valueOf(bytes), "--tmpfs", at));
    }

    private Path filter() throws IOException {
        Path file = home().folder().resolve("filter.bpf");
        if (!Files.exists(file)) {
            byte[] program = SeccompFilter.forMachine(System.getProperty("os.arch"))
                    .orElseThrow(() -> new IOException("no filter for this machine"));
            Path written = write("filter-", program);
            Files.move(written, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        }
        return file;
    }

    /** The two user files that programs look names up in, with nobody of this machine in them. */
    private Path namesFile(String kind) throws IOException {
        Path file = home().folder().resolve(kind);
        if (!Files.exists(file)) {
            String text = kind.equals("passwd") ? "sandbox:x:1000:1000::/workspace:/bin/sh\n" : "sandbox:x:1000:\n";
            Path written = write(kind, text.getBytes(StandardCharsets.UTF_8));
            Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(written, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        }
        return file;
    }

    private Path write(String prefix, byte[] bytes) throws IOException {
        return Files.write(Files.createTempFile(home().folder(), prefix, ""), bytes);
    }

    /** The driver's own folder of launch files, readable on the way by every user but not to be listed. */
    private synchronized DriverHome home() throws IOException {
        DriverHome own = home;
        if (own == null) {
            own = DriverHome.create(Path.of(System.getProperty("java.io.tmpdir")));
            home = own;
        }
        return own;
    }

    private synchronized ReadableFolders readable() throws IOException {
        ReadableFolders own = readable;
        if (own == null) {
            own = new ReadableFolders(users.areApart(), home().folder());
            readable = own;
        }
        return own;
    }

    private static void deleteQuietly(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            // Removed with the driver's folder at the end.
        }
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
