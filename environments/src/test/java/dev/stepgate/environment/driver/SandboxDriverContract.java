package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every driver does, whatever it guarantees beyond. */
@Timeout(60)
abstract class SandboxDriverContract {
    static final Isolation.Limits LIMITS = new Isolation.Limits(512L << 20, 64, 8L << 20, 8L << 20, 256);

    final SandboxDriver driver = driver();

    abstract SandboxDriver driver();

    @AfterEach
    void closeDriver() {
        driver.close();
    }

    @Test
    void speaksOnTheStandardStreamsOfTheProgram() throws Exception {
        try (Sandbox sandbox = shell("read line; echo \"heard $line\"; echo aside >&2")) {
            sandbox.stdin().write("hello\n".getBytes(StandardCharsets.UTF_8));
            sandbox.stdin().flush();
            assertThat(firstLine(sandbox)).isEqualTo("heard hello");
            assertThat(exitOf(sandbox)).isZero();
        }
    }

    @Test
    void keepsTheEndOfAFloodOnStandardError() throws Exception {
        try (Sandbox sandbox = shell("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo the-end >&2; echo done")) {
            assertThat(firstLine(sandbox)).isEqualTo("done");
            exitOf(sandbox);
            assertThat(sandbox.stderrTail()).hasSizeLessThanOrEqualTo(64 * 1024);
        }
    }

    @Test
    void showsNothingOfTheGatewaysEnvironment() throws Exception {
        try (Sandbox sandbox = shell("env | cut -d= -f1 | sort | tr '\\n' ' '", Map.of("OWN", "1"))) {
            assertThat(firstLine(sandbox).split(" "))
                    .contains("OWN")
                    .isSubsetOf("OWN", "PATH", "HOME", "PWD", "OLDPWD", "TMPDIR", "LANG", "SHLVL", "_", "container");
        }
    }

    /** Nothing of a file is in arguments or variables, and none is left of it when the program is gone. */
    @Test
    void givesAProgramFilesThatItAloneCanReadAndThatEndWithIt() throws Exception {
        // Names of this try alone: other gateways of the machine have folders of the same form.
        String token = "token-" + UUID.randomUUID();
        String key = "key-" + UUID.randomUUID();
        String files = token + " " + key;
        String script = "cd \"$AT\" && stat -c '%a %s' " + files + " | tr '\\n' ' ' && cat " + files + " && if echo x >"
                + token + "; then echo written; fi; cat /proc/self/environ /proc/self/cmdline /proc/$$/cmdline";
        SandboxSpec spec = new SandboxSpec(
                Path.of("/bin/sh"),
                List.of("-c", script),
                Map.of("AT", SandboxSpec.CREDENTIALS),
                null,
                LIMITS,
                0,
                Map.of(token, "the-token-4Kx9\n", key, "the-key"));
        try (Sandbox sandbox = driver.start(spec)) {
            String said = new String(sandbox.stdout().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(said).startsWith("400 15 400 7 the-token-4Kx9\nthe-key");
            assertThat(said.substring("400 15 400 7 the-token-4Kx9\nthe-key".length()))
                    .doesNotContain("the-token", "the-key");
        }
        assertThat(heldInMemoryOrTemporaryFolders(token, key)).isEmpty();
    }

    private static List<Path> heldInMemoryOrTemporaryFolders(String... names) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String folder : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
            try (DirectoryStream<Path> homes = Files.newDirectoryStream(Path.of(folder), "stepgate-sandbox-*")) {
                for (Path home : homes) {
                    try (Stream<Path> below = Files.walk(home)) {
                        below.filter(path -> Set.of(names)
                                        .contains(path.getFileName().toString()))
                                .forEach(found::add);
                    } catch (IOException | UncheckedIOException goneMeanwhile) {
                        // Another driver's.
                    }
                }
            }
        }
        return found;
    }

    @Test
    void leavesNoProcessOfATreeThatRefusesToEnd() throws Exception {
        String stubborn = "trap '' TERM INT HUP; setsid sleep 300 & sleep 300 & echo up; wait";
        ProcessSandbox sandbox = (ProcessSandbox) shell(stubborn);
        assertThat(firstLine(sandbox)).isEqualTo("up");
        assertThat(sandbox.tree()).hasSizeGreaterThan(2);
        sandbox.close();
        assertThat(sandbox.provedGone()).isTrue();
    }

    @Test
    void outlivesTheThreadThatStartedIt() throws Exception {
        FutureTask<Sandbox> start = new FutureTask<>(() -> shell("read line; echo alive"));
        Thread starter = Thread.ofPlatform().start(start);
        starter.join();
        try (Sandbox sandbox = start.get()) {
            sandbox.stdin().write('\n');
            sandbox.stdin().flush();
            assertThat(firstLine(sandbox)).isEqualTo("alive");
        }
    }

    /** Into another sandbox, as the verifiers of runs get it, while the program goes on. */
    @Test
    void copiesTheWorkspaceAsItIs() throws Exception {
        String fill = "mkdir a && echo inner >a/b && ln -s a/b link && ln -s /etc/passwd out && mkfifo pipe;"
                + " echo locked >locked; chmod 0 locked 2>/dev/null; head -c 3000000 /dev/zero >big; echo filled; read line";
        SandboxSpec reader = new SandboxSpec(
                        Path.of("/bin/sh"),
                        List.of("-c", "cat a/b link; readlink out; wc -c <big; exit 3"),
                        Map.of(),
                        null,
                        LIMITS)
                .launchedBy(List.of(
                        "/bin/sh",
                        "-c",
                        "tar -x -f - --no-same-owner --no-same-permissions --touch >&2 && exec \"$@\"",
                        "unpack"));
        try (Sandbox sandbox = shell(fill);
                Sandbox other = driver.start(reader)) {
            assertThat(firstLine(sandbox)).isEqualTo("filled");
            try (OutputStream archive = other.stdin()) {
                sandbox.copyWorkspace(archive);
            }
            assertThat(new String(other.stdout().readAllBytes(), StandardCharsets.UTF_8))
                    .as(other.stderrTail())
                    .isEqualTo("inner\ninner\n/etc/passwd\n3000000\n");
            assertThat(exitOf(other)).isEqualTo(3);
            sandbox.stdin().write('\n');
            sandbox.stdin().flush();
            assertThat(exitOf(sandbox)).isZero();
        }
    }

    @Test
    void refusesAProgramThatIsNotThere() {
        SandboxSpec spec = new SandboxSpec(Path.of("/nowhere/program"), List.of(), Map.of(), null, LIMITS);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> {
                    try (Sandbox sandbox = driver.start(spec)) {
                        // A driver that starts its launcher first finds out by the launcher's end.
                        if (exitOf(sandbox) != 0) {
                            throw new SandboxRefused("ended at once");
                        }
                    }
                }))
                .isInstanceOf(SandboxRefused.class);
    }

    final Sandbox shell(String script) throws SandboxRefused {
        return shell(script, Map.of());
    }

    final Sandbox shell(String script, Map<String, String> env) throws SandboxRefused {
        return driver.start(new SandboxSpec(Path.of("/bin/sh"), List.of("-c", script), env, null, LIMITS));
    }

    static String firstLine(Sandbox sandbox) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(sandbox.stdout(), StandardCharsets.UTF_8));
        return String.valueOf(reader.readLine());
    }

    static int exitOf(Sandbox sandbox) throws InterruptedException, ExecutionException, TimeoutException {
        return sandbox.exit().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
