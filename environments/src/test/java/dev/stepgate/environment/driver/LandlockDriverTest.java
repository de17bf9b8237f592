package dev.stepgate.environment.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stepgate.environment.Guarantee;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs where the kernel has Landlock; reports itself as skipped, with the reason, elsewhere. */
class LandlockDriverTest extends SandboxDriverContract {
    private static SandboxDriver.Probe probe = new SandboxDriver.Probe(Set.of(), "a look");

    @Override
    SandboxDriver driver() {
        return new LandlockDriver();
    }

    @BeforeAll
    static void assumeItRunsHere() {
        try (SandboxDriver looked = new LandlockDriver()) {
            probe = looked.probe();
        }
        assumeTrue(probe.missing().isEmpty(), () -> "needs " + probe.missing());
    }

    @Test
    void holdsWhatAWorkspaceNeedsAndClaimsNoMore() {
        assertThat(probe.guarantees())
                .contains(
                        Guarantee.FS_READ,
                        Guarantee.FS_WRITE,
                        Guarantee.NET_NONE,
                        Guarantee.ABSTRACT_SOCKETS,
                        Guarantee.VSOCK,
                        Guarantee.ENV_CLEAN,
                        Guarantee.FD_CLEAN,
                        Guarantee.MEM_PER_PROCESS,
                        Guarantee.SYSCALL_FILTER,
                        Guarantee.NO_PRIV_GAIN,
                        Guarantee.KILL_TREE)
                .doesNotContain(
                        Guarantee.FS_QUOTA,
                        Guarantee.PID_HIDDEN,
                        Guarantee.MEM_HARD,
                        Guarantee.CPU,
                        Guarantee.KERNEL_SEPARATE);
    }

    @Test
    void readsNothingOfAnotherSandboxOrOfTheMachine(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "planted");
        try (Sandbox one = shell("echo mine >f; pwd; read line");
                Sandbox two =
                        shell("read path; cat \"$path/f\" " + secret + " /proc/$PPID/environ /etc/hostname 2>/dev/null;"
                                + " ls / /tmp /proc \"$path\" 2>/dev/null; echo done")) {
            String workspace = firstLine(one);
            assertThat(Path.of(workspace).resolve("f")).exists();
            two.stdin().write((workspace + "\n").getBytes(UTF_8));
            two.stdin().flush();
            assertThat(firstLine(two)).isEqualTo("done");
        }
    }

    @Test
    void removesTheWorkspaceWhateverWasMadeOfIt() throws Exception {
        Sandbox sandbox = shell("pwd; mkdir -p a/b c; echo x >a/b/f; chmod 000 a/b a; ln -s /usr c/out; mkdir -p "
                + "d/".repeat(1_500) + "; echo made; read line");
        Path workspace = Path.of(firstLine(sandbox));
        sandbox.close();
        assertThat(workspace).doesNotExist();
        assertThat(workspace.getParent()).doesNotExist();
        assertThat(Path.of("/usr/bin")).exists();
    }

    @Test
    void endsWhatHasLeftItsParentAndAskedForASessionOfItsOwn() throws Exception {
        String script = "(setsid sh -c 'echo up; sleep 300 & sleep 300' &); read line";
        ProcessSandbox sandbox = (ProcessSandbox) shell(script);
        assertThat(firstLine(sandbox)).isEqualTo("up");
        List<ProcessHandle> tree = sandbox.tree();
        assertThat(tree).hasSizeGreaterThanOrEqualTo(2);
        sandbox.close();
        assertThat(sandbox.provedGone()).isTrue();
    }

    /** Nothing inside may speak to a port of the machine, so a server inside is not reached either. */
    @Test
    void refusesAServerAndNamesWhatReachesOne() {
        SandboxSpec spec = new SandboxSpec(Path.of("/bin/sh"), List.of(), Map.of(), null, LIMITS, 8_000);
        assertThatThrownBy(() -> driver.start(spec))
                .isInstanceOf(SandboxRefused.class)
                .hasMessageContaining("apt-get install bubblewrap");
    }

    /** Whatever ends the gateway, its sandboxes end too: the first process by the kernel, the others by the keeper. */
    @Test
    void leavesNothingWhenTheGatewayIsKilled() throws Exception {
        Process gateway = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Abandoner.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<ProcessHandle> left;
        try (BufferedReader said = gateway.inputReader()) {
            left = Arrays.stream(String.valueOf(said.readLine()).split(" ", -1))
                    .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
                    .toList();
            assertThat(left).hasSize(2).allMatch(ProcessHandle::isAlive);
        } finally {
            gateway.destroyForcibly().waitFor();
        }
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (left.stream().anyMatch(LandlockDriverTest::runs)) {
            assertThat(System.nanoTime()).as("they run on").isLessThan(giveUp);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private static boolean runs(ProcessHandle process) {
        return ProcessStat.of(process.pid()).filter(stat -> !stat.hasEnded()).isPresent();
    }

    /** A gateway to be killed: starts a sandbox with a process that has left its parent, and prints the ids of both. */
    static final class Abandoner {
        public static void main(String[] args) throws Exception {
            try (LandlockDriver driver = new LandlockDriver()) {
                List<String> script = List.of("-c", "(setsid sleep 600 & echo $!) ; echo $$; exec sleep 600");
                Sandbox sandbox = driver.start(new SandboxSpec(Path.of("/bin/sh"), script, Map.of(), null, LIMITS));
                BufferedReader said = new BufferedReader(new InputStreamReader(sandbox.stdout(), UTF_8));
                System.out.println(said.readLine() + " " + said.readLine());
                Thread.currentThread().join();
            }
        }
    }
}
