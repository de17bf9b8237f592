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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds out what a driver really holds: runs a program inside that tries to get out at planted targets, and looks at what
 * came of it. A guarantee that could not be tried is not claimed.
 */
final class Canary {
    private static final Duration WITHIN = Duration.ofSeconds(10);
    private static final Isolation.Limits LIMITS = new Isolation.Limits(256L << 20, 32, 4L << 20, 8L << 20, 64);
    private static final int MAX_OWN_PROCESSES = 12;

    /** Prints one word for each thing that held. {@code $1} is a secret file, {@code $2} the port of a listener. */
    private static final String SCRIPT = """
            test -e "$1" || echo fs_read
            (touch /usr/x || touch /etc/x || touch /x || touch /srv/x) 2>/dev/null || echo fs_write
            head -c 6000000 /dev/zero > /workspace/big 2>/dev/null || echo fs_quota
            n=0; for p in /proc/[0-9]*; do n=$((n+1)); done; test $n -le "$3" && echo pid_hidden
            kill -0 "$4" 2>/dev/null || echo signal
            grep -qvE '^ *(lo:|Inter|face)' /proc/net/dev || echo net_none
            echo "netns $(readlink /proc/self/ns/net)"
            bash -c "exec 3<>/dev/tcp/127.0.0.1/$2" 2>/dev/null && echo reached
            perl -e 'exit(socket(S, 40, 1, 0) ? 1 : $!{EPERM} ? 0 : 1)' 2>/dev/null && echo vsock
            tr '\\0' '\\n' < /proc/1/environ | cut -d= -f1 | sed 's/^/variable /'
            env | cut -d= -f1 | sed 's/^/variable /'
            for f in /proc/self/fd/*; do f=${f##*/}; test "$f" -gt 2 && test -e /proc/$$/fd/$f && echo "descriptor $f"; done
            grep -q '^Max processes *'"$5 " /proc/self/limits && echo pids
            grep -q '^Max data size *'"$6 " /proc/self/limits && echo mem_per_process
            grep -q '^Seccomp:.*2' /proc/self/status && ! unshare -U true 2>/dev/null && echo syscall_filter
            grep -q '^NoNewPrivs:.*1' /proc/self/status && grep -q '^CapEff:.*0000000000000000' /proc/self/status \
            && grep -q '^CapBnd:.*0000000000000000' /proc/self/status && echo no_priv_gain
            (setsid sleep 600 >/dev/null 2>&1 &)
            echo end
            exec sleep 600
            """;

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
                            String.valueOf(ProcessHandle.current().pid()),
                            String.valueOf(LIMITS.processes()),
                            String.valueOf(LIMITS.memoryBytes())),
                    Map.of(),
                    null,
                    LIMITS);
            try (ProcessSandbox sandbox = (ProcessSandbox) driver.start(spec)) {
                return new SandboxDriver.Probe(judge(reportOf(sandbox), sandbox, listener), "");
            }
        } finally {
            Files.delete(secret);
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
        // Abstract sockets belong to a network namespace: in another one they are other sockets.
        String own = "netns " + Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
        if (report.stream().anyMatch(line -> line.startsWith("netns net:")) && !report.contains(own)) {
            held.add(Guarantee.ABSTRACT_SOCKETS);
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
        List<ProcessHandle> tree = sandbox.tree();
        sandbox.close();
        if (tree.size() > 2 && sandbox.provedGone()) {
            held.add(Guarantee.KILL_TREE);
        }
        return held;
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
        var reading = java.util.concurrent.CompletableFuture.supplyAsync(
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
