package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
@Timeout(60)
class DriverHomeTest {
    private final List<ProcessHandle> started = new ArrayList<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path temp;

    @AfterEach
    void endWhatATestStarted() {
        started.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void endsWhatAKilledGatewayLeftAndRemovesItsFolder() throws Exception {
        Process gateway = startGateway();
        ProcessHandle orphan = childOf(gateway);
        gateway.destroyForcibly().waitFor();
        assertThat(orphan.isAlive()).isTrue();
        assertThat(homes()).hasSize(1);

        try (DriverHome home = DriverHome.create(temp)) {
            assertThat(homes()).containsExactly(home.folder());
            orphan.onExit().get(20, TimeUnit.SECONDS);
        }
        assertThat(homes()).isEmpty();
    }

    @Test
    void endsTheDescendantsToo() throws Exception {
        Process launcher = start("/bin/sh", "-c", "sleep 600 & echo $!; wait");
        ProcessHandle child = childOf(launcher);
        abandonedHome(identity(launcher));

        DriverHome.create(temp).close();
        launcher.onExit().get(20, TimeUnit.SECONDS);
        child.onExit().get(20, TimeUnit.SECONDS);
    }

    @Test
    void leavesAProcessThatStartedAtAnotherTime() throws Exception {
        Process other = start("sleep", "600");
        String[] parts = identity(other).split(" ", 3);
        long later = Long.parseLong(parts[1]) + 1;
        Path home = abandonedHome(parts[0] + " " + later + " " + parts[2]);

        DriverHome.create(temp).close();
        assertThat(home).doesNotExist();
        assertThat(other.isAlive()).isTrue();
    }

    @Test
    void leavesAProcessOfAnotherBoot() throws Exception {
        Process other = start("sleep", "600");
        String[] parts = identity(other).split(" ", 3);
        abandonedHome(parts[0] + " " + parts[1] + " 00000000-0000-0000-0000-000000000000");

        DriverHome.create(temp).close();
        assertThat(other.isAlive()).isTrue();
    }

    @Test
    void leavesWhatAnotherDriverOfThisGatewayRuns() throws Exception {
        try (DriverHome first = DriverHome.create(temp)) {
            Process sandbox = start("sleep", "600");
            first.record(sandbox);
            DriverHome.create(temp).close();
            assertThat(sandbox.isAlive()).isTrue();
            assertThat(first.folder()).isDirectory();
        }
    }

    @Test
    void leavesTheFolderOfAGatewayThatHoldsItsLock() throws Exception {
        ProcessHandle sandbox = childOf(startGateway());
        Path theirs = homes().getFirst();
        // As a gateway in another process namespace looks from here: no such process.
        Files.writeString(theirs.resolve("owner"), endedIdentity());

        DriverHome.create(temp).close();
        assertThat(theirs).isDirectory();
        assertThat(sandbox.isAlive()).isTrue();
    }

    @Test
    void leavesFoldersThatSayNoOwnerOrAreOnlyPointedTo() throws Exception {
        Path unfinished = Files.createDirectory(temp.resolve("stepgate-sandbox-unfinished"));
        Path garbled = Files.createDirectory(temp.resolve("stepgate-sandbox-garbled"));
        Files.writeString(garbled.resolve("owner"), "");
        Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("owner"), endedIdentity());
        Files.writeString(elsewhere.resolve("lock"), "");
        Files.createSymbolicLink(temp.resolve("stepgate-sandbox-link"), elsewhere);

        DriverHome.create(temp).close();
        assertThat(List.of(unfinished, garbled, elsewhere)).allMatch(Files::isDirectory);
    }

    private Path abandonedHome(String sandbox) throws Exception {
        Path home = Files.createDirectory(temp.resolve("stepgate-sandbox-abandoned"));
        Files.writeString(home.resolve("owner"), endedIdentity());
        Files.writeString(home.resolve("lock"), "");
        Files.writeString(home.resolve("running-1"), sandbox);
        return home;
    }

    private String endedIdentity() throws Exception {
        Process process = start("sleep", "600");
        String identity = identity(process);
        process.destroyForcibly().waitFor();
        return identity;
    }

    private static String identity(Process process) {
        return DriverHome.identity(process.pid()).orElseThrow();
    }

    private Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(process.toHandle());
        return process;
    }

    private Process startGateway() throws IOException {
        return start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                KilledGateway.class.getName(),
                temp.toString());
    }

    /** The process whose id a parent prints first. */
    private ProcessHandle childOf(Process parent) throws IOException {
        BufferedReader said =
                new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8));
        ProcessHandle child = ProcessHandle.of(Long.parseLong(said.readLine())).orElseThrow();
        started.add(child);
        return child;
    }

    private List<Path> homes() throws IOException {
        try (Stream<Path> entries = Files.list(temp)) {
            return entries.toList();
        }
    }

    /** A gateway with one sandbox, which says its process id and waits to be killed. */
    static final class KilledGateway {
        private KilledGateway() {}

        static void main(String[] args) throws IOException {
            DriverHome home = DriverHome.create(Path.of(args[0]));
            Process sandbox = new ProcessBuilder("sleep", "600").start();
            home.record(sandbox);
            System.out.println(sandbox.pid());
            System.in.read();
        }
    }
}
