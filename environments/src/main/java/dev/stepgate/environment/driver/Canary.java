package dev.stepgate.environment.driver;

import dev.stepgate.environment.Guarantee;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Finds out what a driver really holds: runs a program inside that tries to get out at planted targets, and looks at what
 * came of it. A guarantee that could not be tried is not claimed.
 */
final class Canary {
    private static final Duration WITHIN = Duration.ofSeconds(10);
    private static final Isolation.Limits LIMITS = new Isolation.Limits(256L << 20, 32, 4L << 20, 8L << 20, 64);
    private static final int MAX_OWN_PROCESSES = 12;

    /**
     * Prints one word for each thing that held. {@code $1} is a secret file, {@code $2} the port of a listener, {@code $3} the
     * most processes it may see, {@code $4} the gateway's own. Then two processes of it stay, for the gateway to look at.
     */
    private static final String SCRIPT = """
            cat "$1" >/dev/null 2>&1 || echo fs_read
            (touch /usr/x || touch /etc/x || touch /x || touch /srv/x) 2>/dev/null || echo fs_write
            head -c 6000000 /dev/zero >big 2>/dev/null || echo fs_quota; rm -f big
            if ls /proc >/dev/null 2>&1; then
              n=0; for p in /proc/[0-9]*; do n=$((n+1)); done; test $n -le "$3"
            else ! test -e "/proc/$4"; fi && echo pid_hidden
            kill -0 "$4" 2>/dev/null || echo signal
            echo "pids $(readlink /proc/self/ns/pid)"
            echo "netns $(readlink /proc/self/ns/net)"
            refused() { perl -e 'exit(socket(S, $ARGV[0], $ARGV[1], 0) ? 1 : $!{EPERM} ? 0 : 1)' "$1" "$2" 2>/dev/null; }
            if test -r /proc/net/dev; then ! grep -qvE '^ *(lo:|Inter|face)' /proc/net/dev
            else refused 2 1 && refused 2 2 && refused 10 1 && refused 10 2; fi && echo net_none
            refused 1 1 && refused 1 2 && echo abstract_sockets
            bash -c "exec 3<>/dev/tcp/127.0.0.1/$2" 2>/dev/null && echo reached
            refused 40 1 && echo vsock
            tr '\\0' '\\n' < /proc/1/environ 2>/dev/null | cut -d= -f1 | sed 's/^/variable /'
            env | cut -d= -f1 | sed 's/^/variable /'
            for f in 3 4 5 6 7 8 9; do (eval ": <&$f") 2>/dev/null && echo "descriptor $f"; done
            for f in /proc/self/fd/*; do f=${f##*/}; test "$f" -gt 2 && test -e /proc/$$/fd/$f && echo "descriptor $f"; done
            unshare -U true 2>/dev/null || echo "no namespaces"
            (setsid sleep 600 >/dev/null 2>&1 &)
            echo end
            exec sleep 600
            """;

    private static final Isolation.Limits LITTLE = new Isolation.Limits(96L << 20, 32, 4L << 20, 8L << 20, 64);
    private static final int MEMORY_PROCESSES = 4;

    /** Four processes that take 40 MiB each; each prints a byte when it has, and so does the shell at its start. */
    private static final String MEMORY = """
            printf s
            for i in 1 2 3 4; do perl -e '$n = 41943040; $x = "x" x $n; syswrite(STDOUT, "y"); sleep 1' 2>/dev/null & done
            exec >/dev/null
            wait
            """;

    /** Sends a byte out. */
    private static final String OUT = """
            perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK));
              syswrite(S, "x"); sleep 20' "$1" 2>/dev/null
            """;

    /** What the script becomes, and leaves running beside it. */
    private static final String LEFT = "sleep";

    private static final Set<String> OWN_VARIABLES =
            Set.of("PATH", "HOME", "TMPDIR", "LANG", "PWD", "OLDPWD", "SHLVL", "_", "container", "");

    private final SandboxDriver driver;

    Canary(SandboxDriver driver) {
        this.driver = driver;
    }

    SandboxDriver.Probe run() throws SandboxRefused, IOException {
        Path secret = Files.createTempFile("stepgate-canary-", "");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Files.writeString(secret, "planted");
            SandboxSpec spec = new SandboxSpec(
                    Path.of("/bin/sh"),
                    List.of(
                            "-c",
                            SCRIPT,
                            "canary",
                            secret.toString(),
                            String.valueOf(listener.getLocalPort()),
                            String.valueOf(MAX_OWN_PROCESSES),
                            String.valueOf(ProcessHandle.current().pid())),
                    Map.of(),
                    null,
                    LIMITS);
            try (ProcessSandbox sandbox = (ProcessSandbox) driver.start(spec)) {
                Set<Guarantee> held = judge(reportOf(sandbox), sandbox, listener);
                if (together()) {
                    held.add(Guarantee.MEM_HARD);
                }
                if (held.contains(Guarantee.NET_NONE) && leadsOut()) {
                    held.add(Guarantee.NET_ALLOWLIST);
                }
                return new SandboxDriver.Probe(held, "");
            }
        } finally {
            Files.delete(secret);
        }
    }

    /** Whether several processes cannot take together what none of them may take alone. */
    private boolean together() throws SandboxRefused, IOException {
        SandboxSpec spec = new SandboxSpec(Path.of("/bin/sh"), List.of("-c", MEMORY), Map.of(), null, LITTLE);
        try (Sandbox sandbox = driver.start(spec)) {
            CompletableFuture<byte[]> reading = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return sandbox.stdout().readNBytes(MEMORY_PROCESSES + 1);
                        } catch (IOException ended) {
                            return new byte[0];
                        }
                    },
                    task -> Thread.ofPlatform().daemon().start(task));
            // The first byte shows that a process can take its share, the last that all could.
            byte[] taken = reading.get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            return taken.length > 1 && taken.length <= MEMORY_PROCESSES;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new SandboxRefused("interrupted");
        } catch (ExecutionException | TimeoutException silent) {
            return false;
        }
    }

    /** Whether what a program sends out arrives where the gateway listens. */
    private boolean leadsOut() throws IOException {
        String port = String.valueOf(SandboxSpec.WAY_OUT_PORT);
        SandboxSpec spec = new SandboxSpec(Path.of("/bin/sh"), List.of("-c", OUT, "out", port), Map.of(), null, LIMITS);
        try (Sandbox sandbox = driver.start(spec.withWayOut())) {
            ServerSocketChannel way = sandbox.wayOut().orElseThrow();
            CompletableFuture<Boolean> arriving = CompletableFuture.supplyAsync(
                    () -> {
                        try (SocketChannel arrived = way.accept()) {
                            return arrived.read(ByteBuffer.allocate(1)) == 1;
                        } catch (IOException ended) {
                            return false;
                        }
                    },
                    task -> Thread.ofPlatform().daemon().start(task));
            return arriving.get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } catch (SandboxRefused | ExecutionException | TimeoutException silent) {
            return false;
        }
    }

    private static Set<Guarantee> judge(List<String> report, ProcessSandbox sandbox, ServerSocket listener)
            throws IOException {
        Set<Guarantee> held = EnumSet.noneOf(Guarantee.class);
        for (Guarantee guarantee : Guarantee.values()) {
            if (report.contains(guarantee.wireName())) {
                held.add(guarantee);
            }
        }
        if (report.contains("reached") || wasReached(listener)) {
            held.remove(Guarantee.NET_NONE);
        }
        // Abstract sockets belong to a network namespace, signals stay in one of processes.
        if (isApart(report, "netns", "net")) {
            held.add(Guarantee.ABSTRACT_SOCKETS);
        }
        if (isApart(report, "pids", "pid")) {
            held.add(Guarantee.SIGNAL);
        }
        if (report.stream()
                .filter(line -> line.startsWith("variable"))
                .allMatch(line -> OWN_VARIABLES.contains(
                        line.substring("variable".length()).strip()))) {
            held.add(Guarantee.ENV_CLEAN);
        }
        if (report.stream().noneMatch(line -> line.startsWith("descriptor"))) {
            held.add(Guarantee.FD_CLEAN);
        }
        List<Path> left = left(sandbox);
        if (report.contains("no namespaces") && all(left, "status", "Seccomp:\\s+2")) {
            held.add(Guarantee.SYSCALL_FILTER);
        }
        if (all(left, "status", "NoNewPrivs:\\s+1")
                && all(left, "status", "CapEff:\\s+0+")
                && all(left, "status", "CapPrm:\\s+0+")) {
            held.add(Guarantee.NO_PRIV_GAIN);
        }
        if (all(left, "limits", "Max processes +" + LIMITS.processes() + " .*")) {
            held.add(Guarantee.PIDS);
        }
        if (all(left, "limits", "Max data size +" + LIMITS.memoryBytes() + " .*")) {
            held.add(Guarantee.MEM_PER_PROCESS);
        }
        sandbox.close();
        if (left.size() == 2 && sandbox.provedGone() && left.stream().noneMatch(Canary::runs)) {
            held.add(Guarantee.KILL_TREE);
        }
        return held;
    }

    private static boolean isApart(List<String> report, String word, String namespace) throws IOException {
        String own = word + " " + Files.readSymbolicLink(Path.of("/proc/self/ns", namespace));
        return report.stream().anyMatch(line -> line.startsWith(word + " " + namespace + ":")) && !report.contains(own);
    }

    /** The entries in /proc of the two processes that the canary leaves, one of which has lost its parent. */
    private static List<Path> left(ProcessSandbox sandbox) {
        long giveUp = System.nanoTime() + WITHIN.toNanos();
        while (true) {
            List<Path> left = sandbox.tree().stream()
                    .map(process -> Path.of("/proc", String.valueOf(process.pid())))
                    .filter(Canary::runs)
                    .toList();
            if (left.size() == 2 || System.nanoTime() > giveUp) {
                return left;
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static boolean runs(Path process) {
        try {
            return ProcessStat.of(process).filter(stat -> !stat.hasEnded()).isPresent()
                    && Files.readString(process.resolve("comm")).strip().equals(LEFT);
        } catch (IOException ended) {
            return false;
        }
    }

    /** Whether both have this line in a file that the kernel writes about them, as the machine sees them from outside. */
    private static boolean all(List<Path> processes, String file, String line) throws IOException {
        Pattern pattern = Pattern.compile(line);
        for (Path process : processes) {
            if (Files.readString(process.resolve(file))
                    .lines()
                    .noneMatch(read -> pattern.matcher(read).matches())) {
                return false;
            }
        }
        return processes.size() == 2;
    }

    private static boolean wasReached(ServerSocket listener) throws IOException {
        listener.setSoTimeout(1);
        try {
            listener.accept().close();
            return true;
        } catch (SocketTimeoutException nobody) {
            return false;
        }
    }

    /** The lines up to {@code end}, which only a canary that ran to its end prints. */
    private static List<String> reportOf(Sandbox sandbox) throws SandboxRefused {
        var reading = CompletableFuture.supplyAsync(
                () -> {
                    var reader = new java.io.BufferedReader(
                            new java.io.InputStreamReader(sandbox.stdout(), StandardCharsets.UTF_8));
                    List<String> lines = new ArrayList<>();
                    Iterator<String> said = reader.lines().limit(1_000).iterator();
                    while (!lines.contains("end") && said.hasNext()) {
                        lines.add(said.next());
                    }
                    return lines;
                },
                task -> Thread.ofPlatform().daemon().start(task));
        try {
            List<String> lines = reading.get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            if (!lines.contains("end")) {
                throw new SandboxRefused("the canary did not come to its end");
            }
            return lines;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new SandboxRefused("interrupted");
        } catch (ExecutionException | TimeoutException silent) {
            throw new SandboxRefused("the canary did not end");
        }
    }
}
