import dev.stepgate.environment.Guarantee;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxSpec;
import dev.stepgate.environment.driver.BubblewrapDriver;
import dev.stepgate.environment.driver.LandlockDriver;
import dev.stepgate.environment.driver.ProcessDriver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Every attack of a file, against every driver that runs here: first unguarded on planted targets, to show that it works, then in a
 * sandbox. Judged by effects. Arguments: the attacks, the file that takes one line for each result, the program that is planted.
 */
final class Escapes {
    private static final Isolation.Limits LIMITS = new Isolation.Limits(128L << 20, 40, 8L << 20, 16L << 20, 64);
    private static final String USER = System.getProperty("user.name");

    private record Attack(String id, Guarantee breaks, String judged, String what, String script) {}

    /** Held, or it would be collected with its level. The driver that isolates nothing says so at every start. */
    private static final java.util.logging.Logger QUIET = java.util.logging.Logger.getLogger("dev.stepgate.environment.driver.ProcessDriver");

    private final Checks checks = new Checks();
    private final Path results;
    private final Path program;

    private Escapes(Path results, Path program) {
        this.results = results;
        this.program = program;
    }

    public static void main(String[] args) throws Exception {
        QUIET.setLevel(java.util.logging.Level.OFF);
        Escapes suite = new Escapes(Path.of(args[1]), Path.of(args[2]));
        List<Attack> attacks = attacks(Files.readString(Path.of(args[0])));
        List<SandboxDriver> drivers = new ArrayList<>();
        for (SandboxDriver driver : List.of(new BubblewrapDriver(), new LandlockDriver())) {
            SandboxDriver.Probe probe = driver.probe();
            if (probe.missing().isEmpty()) {
                drivers.add(driver);
                suite.add(driver, attacks);
            } else {
                suite.checks.add(USER + " " + driver.id(), 5, () -> {
                    throw new Checks.Skip("needs " + probe.missing());
                });
            }
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drivers.forEach(SandboxDriver::close)));
        suite.checks.run();
    }

    private static List<Attack> attacks(String text) {
        return Stream.of(text.split("(?m)^== "))
                .skip(1)
                .map(part -> {
                    String[] head = part.substring(0, part.indexOf('\n')).split(" \\| ");
                    Guarantee breaks = Stream.of(Guarantee.values())
                            .filter(known -> known.wireName().equals(head[1]))
                            .findFirst()
                            .orElseThrow();
                    return new Attack(head[0], breaks, head[2], head[3], part.substring(part.indexOf('\n') + 1));
                })
                .toList();
    }

    private void add(SandboxDriver driver, List<Attack> attacks) {
        for (Attack attack : attacks) {
            checks.add(USER + " " + driver.id() + " " + attack.id() + ": " + attack.what(), 90, () -> {
                boolean claimed = driver.probe().guarantees().contains(attack.breaks());
                boolean works;
                try (Planted planted = new Planted(program); ProcessDriver unguarded = new ProcessDriver()) {
                    works = planted.escaped(unguarded, attack);
                }
                boolean escaped;
                try (Planted planted = new Planted(program)) {
                    escaped = planted.escaped(driver, attack);
                }
                note(driver, attack, !escaped ? works ? "held" : "held, no control" : claimed ? "ESCAPED" : "not held, not claimed");
                if (escaped && claimed) {
                    throw new IllegalStateException("escaped, although the driver claims " + attack.breaks().wireName());
                }
                if (!works && !escaped) {
                    throw new Checks.Skip("held, but the attack does not work unguarded either, for this user on this machine");
                }
            });
        }
        checks.add(USER + " " + driver.id() + " T1: two hostile sandboxes side by side", 90, () -> sideBySide(driver));
    }

    private void note(SandboxDriver driver, Attack attack, String result) throws Exception {
        note(driver, attack.id(), attack.what(), attack.breaks().wireName(), result);
    }

    private synchronized void note(SandboxDriver driver, String id, String what, String breaks, String result) throws Exception {
        String line = String.join("\t", USER.equals("root") ? "root" : "unprivileged", driver.id(), id, what, breaks, result) + "\n";
        Files.writeString(results, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Each tries to read the other's file, environment and memory and to end it. Then the first must still answer. */
    private void sideBySide(SandboxDriver driver) throws Exception {
        String secret = random();
        String holding = "echo $HELD >mine; mkdir -p /dev/shm && echo $HELD >/dev/shm/mine-$UID_MARK 2>/dev/null; pwd; echo ready; read line; cat mine";
        String trying = "cat \"$OTHER/mine\" /dev/shm/mine* /tmp/mine* /proc/*/root/workspace/mine /proc/*/environ 2>/dev/null;"
                + " ls -a /workspace 2>/dev/null; kill -KILL -1; echo tried";
        try (Sandbox first = driver.start(spec(holding, Map.of("HELD", secret, "UID_MARK", "1")))) {
            var said = new java.io.BufferedReader(new java.io.InputStreamReader(first.stdout(), StandardCharsets.UTF_8));
            String other = said.readLine();
            said.readLine();
            String heard;
            try (Sandbox second = driver.start(spec(trying, Map.of("OTHER", other)))) {
                heard = new String(second.stdout().readAllBytes(), StandardCharsets.UTF_8);
            }
            first.stdin().write('\n');
            first.stdin().flush();
            boolean lives = secret.equals(said.readLine());
            note(driver, "T1", "files, environment, memory and life of a sandbox beside it", "fs_read", !heard.contains(secret) && lives ? "held" : "ESCAPED");
            if (heard.contains(secret)) throw new IllegalStateException("the second read what the first holds");
            if (!lives) throw new IllegalStateException("the first no longer answers");
        }
    }

    private static SandboxSpec spec(String script, Map<String, String> env) {
        return new SandboxSpec(Path.of("/bin/sh"), List.of("-c", script), env, null, LIMITS);
    }

    private static String random() {
        byte[] bytes = new byte[12];
        new java.security.SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Targets of one attack, and what became of them. */
    private static final class Planted implements AutoCloseable {
        private final Path folder = Files.createTempDirectory("planted-");
        private final String secret = "planted" + random();
        /** An argument of sleep that no other process has. */
        private final String mark = "600." + Math.abs(new java.security.SecureRandom().nextInt());
        private final Process target;
        private final String port;

        Planted(Path program) throws Exception {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            open("secret", secret, "rw-r--r--");
            open("open", "opened", "rw-rw-rw-");
            ProcessBuilder builder = new ProcessBuilder("perl", program.toString(), folder.toString(), secret).directory(folder.toFile());
            builder.environment().put("PLANTED", secret);
            target = builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            Path ready = folder.resolve("ready");
            for (int i = 0; i < 1000 && target.isAlive() && !Files.exists(ready); i++) Thread.sleep(10);
            port = Files.readString(ready).split(" ")[0];
        }

        private void open(String name, String text, String rights) throws Exception {
            Files.setPosixFilePermissions(Files.writeString(folder.resolve(name), text), PosixFilePermissions.fromString(rights));
            Files.setLastModifiedTime(folder.resolve(name), FileTime.fromMillis(1_700_000_000_000L));
        }

        boolean escaped(SandboxDriver driver, Attack attack) throws Exception {
            String output;
            try (Sandbox sandbox = driver.start(spec(attack.script(), variables()))) {
                CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> read(sandbox));
                try {
                    output = reading.get(40, TimeUnit.SECONDS);
                } catch (TimeoutException silent) {
                    output = "";
                }
            }
            // What was sent is noted by another process.
            Thread.sleep(attack.judged().startsWith("reached") ? 100 : 0);
            return judge(attack.judged(), output);
        }

        private Map<String, String> variables() throws Exception {
            return Map.of(
                    "FOLDER", folder.toString(), "TARGET", String.valueOf(target.pid()), "PORT", port, "MARK", mark,
                    "PIDNS", Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString());
        }

        private static String read(Sandbox sandbox) {
            try {
                return new String(sandbox.stdout().readNBytes(1 << 20), StandardCharsets.UTF_8);
            } catch (java.io.IOException ended) {
                return "";
            }
        }

        private boolean judge(String how, String output) throws Exception {
            return switch (how) {
                case "secret" -> output.contains(secret);
                case "word" -> output.lines().anyMatch("escaped"::equals);
                case "file" -> {
                    try (Stream<Path> files = Files.list(folder)) {
                        yield files.anyMatch(file -> file.getFileName().toString().startsWith("written"));
                    }
                }
                case "mode" -> {
                    Path open = folder.resolve("open");
                    yield !PosixFilePermissions.toString(Files.getPosixFilePermissions(open)).equals("rw-rw-rw-")
                            || Files.size(open) != "opened".length()
                            || Files.getLastModifiedTime(open).toMillis() != 1_700_000_000_000L;
                }
                case "alive" -> !target.isAlive() || target.waitFor(100, TimeUnit.MILLISECONDS);
                case "nice" -> stat(16).equals("17");
                case "limit" -> Files.readString(Path.of("/proc", "" + target.pid(), "limits")).contains("Max open files            77 ");
                case "left" -> !marked().isEmpty();
                default -> Files.exists(folder.resolve("reached"))
                        && Files.readAllLines(folder.resolve("reached")).contains(how.substring("reached ".length()));
            };
        }

        private String stat(int field) throws Exception {
            String stat = Files.readString(Path.of("/proc", "" + target.pid(), "stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[field];
        }

        private List<ProcessHandle> marked() {
            return ProcessHandle.allProcesses().filter(ProcessHandle::isAlive).filter(this::isMarked).toList();
        }

        private boolean isMarked(ProcessHandle process) {
            try {
                return Files.readString(Path.of("/proc", "" + process.pid(), "cmdline")).contains(mark);
            } catch (java.io.IOException ended) {
                return false;
            }
        }

        @Override
        public void close() throws Exception {
            marked().forEach(ProcessHandle::destroyForcibly);
            target.destroy();
            if (!target.waitFor(5, TimeUnit.SECONDS)) target.destroyForcibly();
            // One that was killed could not remove it.
            new ProcessBuilder("ipcrm", "-M", port).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
            }
        }
    }
}
