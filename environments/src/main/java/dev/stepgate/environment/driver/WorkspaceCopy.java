package dev.stepgate.environment.driver;

import dev.stepgate.environment.SandboxDrivers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the workspace of a sandbox from outside, by the machine's own {@code tar}: whatever lies there is an entry or an error,
 * never a way to something else, because tar opens each name without following a link.
 */
final class WorkspaceCopy {
    private static final Path OWN_MOUNTS = Path.of("/proc/self/ns/mnt");

    private final Supplier<@Nullable Path> folder;

    private WorkspaceCopy(Supplier<@Nullable Path> folder) {
        this.folder = folder;
    }

    /** Of a folder of this machine. */
    static WorkspaceCopy of(Path folder) {
        return new WorkspaceCopy(() -> folder);
    }

    /**
     * Of a folder that only the processes of a sandbox see.
     *
     * @param outermost the sandbox's first process, which sees this machine's folders itself
     * @param path the folder as the others see it
     */
    static WorkspaceCopy inNamespaceOf(Process outermost, String path) {
        return new WorkspaceCopy(() -> outermost
                .descendants()
                .filter(WorkspaceCopy::hasItsOwnMounts)
                .map(process -> Path.of("/proc/" + process.pid() + "/root" + path))
                .filter(Files::isDirectory)
                .findFirst()
                .orElse(null));
    }

    private static boolean hasItsOwnMounts(ProcessHandle process) {
        try {
            Path theirs = Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/mnt"));
            return !theirs.equals(Files.readSymbolicLink(OWN_MOUNTS));
        } catch (IOException gone) {
            return false;
        }
    }

    /** @throws IOException when there is nothing to read any more, tar is missing, or the archive takes no more */
    void to(OutputStream archive) throws IOException {
        Path from = folder.get();
        if (from == null) {
            throw new IOException("the program has ended");
        }
        String tar = SandboxDrivers.program("tar")
                .map(Path::toString)
                .orElseThrow(() -> new IOException("`tar` is not installed on this machine"));
        ProcessBuilder builder = new ProcessBuilder(List.of(
                tar, "--create", "--file=-", "--ignore-failed-read", "--one-file-system", "-C", from.toString(), "."));
        builder.environment().clear();
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            process.getInputStream().transferTo(archive);
            // 1: something changed while it was read, which is what programs do.
            if (process.waitFor() > 1) {
                throw new IOException("its workspace cannot be read");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }
}
