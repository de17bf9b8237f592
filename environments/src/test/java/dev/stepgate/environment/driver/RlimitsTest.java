package dev.stepgate.environment.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway may have lower limits than those a sandbox is given; then the sandbox has the lower ones, and starts. */
class RlimitsTest {
    private static final Isolation.Limits LIMITS = new Isolation.Limits(512L << 20, 64, 8L << 20, 8L << 20, 256);

    @Test
    void asksForWhatTheSpecSaysWhereTheGatewayHasMore() throws Exception {
        assertThat(Rlimits.of(LIMITS, 0)).containsExactly(1L, 8L << 20, 2L, 512L << 20, 4L, 0L, 6L, 64L, 7L, 256L);
        assertThat(Rlimits.options(LIMITS))
                .containsExactly("--fsize=8388608", "--data=536870912", "--core=0", "--nofile=256");
    }

    @Timeout(60)
    @ParameterizedTest
    @ValueSource(strings = {"landlock", "bubblewrap"})
    void startsASandboxWithTheLowerLimitsOfTheGateway(String driver) throws Exception {
        assumeTrue(SandboxDrivers.program("prlimit").isPresent(), "needs the package util-linux");
        List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=200", "--fsize=2097152"));
        if (isRoot()) {
            // Another user's other processes count too.
            command.add("--nproc=48");
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Limited.class.getName(),
                driver));
        Process gateway = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader said = new BufferedReader(new InputStreamReader(gateway.getInputStream(), UTF_8))) {
            String line = String.valueOf(said.readLine());
            assumeTrue(!line.startsWith("needs"), line);
            assertThat(line).isEqualTo(isRoot() ? "4096 200 48" : "4096 200");
            assertThat(gateway.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            gateway.destroyForcibly();
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Prints the limits that a program in a sandbox has. */
    static final class Limited {
        public static void main(String[] args) throws IOException {
            String script =
                    "echo $(ulimit -Hf) $(ulimit -Hn)" + (isRoot() ? " $(ulimit -Hu 2>/dev/null || ulimit -Hp)" : "");
            SandboxSpec spec = new SandboxSpec(Path.of("/bin/sh"), List.of("-c", script), Map.of(), null, LIMITS);
            try (SandboxDriver driver = args[0].equals("landlock") ? new LandlockDriver() : new BubblewrapDriver()) {
                if (!driver.probe().missing().isEmpty()) {
                    System.out.println("needs " + driver.probe().missing());
                    return;
                }
                try (Sandbox sandbox = driver.start(spec)) {
                    System.out.println(new String(sandbox.stdout().readAllBytes(), UTF_8).strip());
                }
            } catch (SandboxRefused refused) {
                System.out.println(refused.sentence());
            }
        }
    }
}
