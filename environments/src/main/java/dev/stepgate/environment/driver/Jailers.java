package dev.stepgate.environment.driver;

import dev.stepgate.environment.driver.jail.JailSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * The command that starts a jailer: the gateway's own JVM with five classes and nothing else. What such a JVM does at its
 * start is recorded once, in the background, which halves the time of the later ones (JEP 514). Thread-safe.
 */
final class Jailers implements AutoCloseable {
    private static final long TO_RECORD_SECONDS = 60;
    private static final List<String> OPTIONS = List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xmx32m",
            "--enable-native-access=ALL-UNNAMED");

    private final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    private final Path jar;
    private final Path recorded;
    private final Thread recording;

    private Jailers(Path folder) throws IOException {
        this.jar = folder.resolve("jailer.jar");
        this.recorded = folder.resolve("jailer.aot");
        writeJar();
        this.recording = Thread.ofPlatform().daemon().name("jailer-recording").unstarted(this::record);
    }

    static Jailers in(Path folder) throws IOException {
        Jailers jailers = new Jailers(folder);
        jailers.recording.start();
        return jailers;
    }

    List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(OPTIONS);
        if (Files.exists(recorded)) {
            command.add("-XX:AOTCache=" + recorded);
        }
        command.addAll(List.of("-cp", jar.toString(), JailSpec.main()));
        command.addAll(arguments);
        return command;
    }

    private void writeJar() throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            for (Class<?> needed : JailSpec.classes()) {
                String name = needed.getName().replace('.', '/') + ".class";
                try (InputStream bytes = needed.getClassLoader().getResourceAsStream(name)) {
                    if (bytes == null) {
                        throw new IOException("the jailer's classes are not found");
                    }
                    out.putNextEntry(new JarEntry(name));
                    bytes.transferTo(out);
                    out.closeEntry();
                }
            }
        }
    }

    private void record() {
        Path made = recorded.resolveSibling("jailer.aot.new");
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(OPTIONS);
        command.addAll(List.of("-XX:AOTCacheOutput=" + made, "-cp", jar.toString(), JailSpec.main()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        try {
            Process process = builder.start();
            try {
                if (process.waitFor(TO_RECORD_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
                    Files.move(made, recorded, StandardCopyOption.ATOMIC_MOVE);
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (IOException slower) {
            // Jailers start without it, only later.
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        recording.interrupt();
        try {
            recording.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
