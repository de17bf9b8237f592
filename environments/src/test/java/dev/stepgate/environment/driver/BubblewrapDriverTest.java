package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stepgate.environment.Dial;
import dev.stepgate.environment.Guarantee;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs where bubblewrap is installed and may be used; reports itself as skipped, with the reason, elsewhere. */
class BubblewrapDriverTest extends SandboxPortContract {

    @Override
    SandboxDriver driver() {
        return new BubblewrapDriver();
    }

    @BeforeEach
    void assumeItRunsHere() {
        SandboxDriver.Probe probe = driver.probe();
        assumeTrue(probe.missing().isEmpty(), () -> "needs " + probe.missing());
    }

    @Test
    void holdsWhatAStandardEnvironmentNeeds() {
        assertThat(driver.probe().guarantees())
                .contains(
                        Guarantee.FS_READ,
                        Guarantee.FS_WRITE,
                        Guarantee.FS_QUOTA,
                        Guarantee.PID_HIDDEN,
                        Guarantee.SIGNAL,
                        Guarantee.NET_NONE,
                        Guarantee.ABSTRACT_SOCKETS,
                        Guarantee.ENV_CLEAN,
                        Guarantee.FD_CLEAN,
                        Guarantee.MEM_PER_PROCESS,
                        Guarantee.PIDS,
                        Guarantee.SYSCALL_FILTER,
                        Guarantee.NO_PRIV_GAIN,
                        Guarantee.KILL_TREE)
                .doesNotContain(Guarantee.CPU, Guarantee.KERNEL_SEPARATE);
    }

    @Test
    void hidesTheWorkspaceOfOneSandboxFromAnother() throws Exception {
        try (Sandbox one = shell("echo mine > /workspace/f; echo written; read line");
                Sandbox two = shell("read line; ls /workspace | wc -l")) {
            assertThat(firstLine(one)).isEqualTo("written");
            two.stdin().write('\n');
            two.stdin().flush();
            assertThat(firstLine(two)).isEqualTo("0");
        }
    }

    /** Without a process namespace such a process is no longer found below the sandbox. */
    @Test
    void leavesNoProcessThatHasLeftItsParent() throws Exception {
        ProcessSandbox sandbox = (ProcessSandbox) shell("trap '' TERM; (setsid sleep 300 &); echo up; read line");
        assertThat(firstLine(sandbox)).isEqualTo("up");
        List<ProcessHandle> tree = sandbox.tree();
        assertThat(tree).hasSizeGreaterThan(3);
        sandbox.close();
        assertThat(sandbox.provedGone()).isTrue();
    }

    @Test
    void refusesATextThatWouldBeReadAsAnOptionOfBubblewrap() {
        assertThatThrownBy(() -> shell("true", Map.of("A", "x\0--bind\0/\0/host")))
                .isInstanceOf(SandboxRefused.class);
    }

    @Test
    void refusesPackagesThatAreNotThere() {
        SandboxSpec spec = new SandboxSpec(
                Path.of("/bin/sh"), List.of("-c", "true"), Map.of(), Path.of("/nowhere/node_modules"), LIMITS);
        assertThat(catchThrowable(() -> {
                    try (Sandbox sandbox = driver.start(spec)) {
                        // As root it is found out at once, otherwise by the launcher.
                        if (exitOf(sandbox) != 0) {
                            throw new SandboxRefused("ended at once");
                        }
                    }
                }))
                .isInstanceOf(SandboxRefused.class);
    }

    @Test
    void showsNoArgumentOfItsOwnInside() throws Exception {
        try (Sandbox sandbox = shell("tr '\\0' ' ' < /proc/1/cmdline")) {
            assertThat(firstLine(sandbox))
                    .startsWith("bwrap --args 8 -- /bin/sh")
                    .doesNotContain("--ro-bind");
        }
    }

    /** What a program with a port prints goes to standard error. */
    @Test
    void keepsTheSocketOfAPortFromTheProgramAndFromOtherUsers() throws Exception {
        List<String> args = List.of("-c", "for f in /proc/self/fd/*; do echo \"fd ${f##*/}\"; done; ls /run 2>&1");
        SandboxSpec spec = new SandboxSpec(Path.of("/bin/sh"), args, Map.of(), null, LIMITS, 8_000);
        Sandbox sandbox = driver.start(spec);
        Path folder = ((Dial.SocketFile) sandbox.dial().orElseThrow()).path().getParent();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        exitOf(sandbox);
        sandbox.close();
        assertThat(folder).doesNotExist();
        assertThat(sandbox.stderrTail()).contains("fd 0", "fd 1", "fd 2").doesNotContain("fd 7", "fd 8", "fd 9");
    }

    /** Where the gateway may make control groups; elsewhere the guarantee is not claimed. */
    @Test
    void runsInAControlGroupThatIsGoneWithIt() throws Exception {
        assumeTrue(driver.probe().guarantees().contains(Guarantee.MEM_HARD), "no control group can be made here");
        ProcessSandbox sandbox = (ProcessSandbox) shell("echo up; exec sleep 300");
        assertThat(firstLine(sandbox)).isEqualTo("up");
        String group =
                Files.readString(Path.of("/proc", sandbox.tree().getLast().pid() + "", "cgroup"));
        assertThat(group).contains("/stepgate-" + ProcessHandle.current().pid());
        sandbox.close();
        assertThat(sandbox.provedGone()).isTrue();
        assertThat(groups()).isEmpty();
    }

    private static List<Path> groups() throws IOException {
        try (Stream<Path> all = Files.find(
                Path.of("/sys/fs/cgroup"),
                6,
                (path, attributes) -> path.getFileName()
                        .toString()
                        .startsWith("stepgate-" + ProcessHandle.current().pid()))) {
            return all.toList();
        }
    }

    @Test
    void claimsNoMemoryLimitWithoutControlGroups() {
        try (BubblewrapDriver without = new BubblewrapDriver(Cgroups.none())) {
            assertThat(without.probe().guarantees())
                    .contains(Guarantee.MEM_PER_PROCESS, Guarantee.KILL_TREE)
                    .doesNotContain(Guarantee.MEM_HARD);
        }
    }
}
