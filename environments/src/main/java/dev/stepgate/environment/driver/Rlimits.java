package dev.stepgate.environment.driver;

import dev.stepgate.environment.Isolation;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Limits for {@code prlimit(2)}, as pairs of a resource's number and its limit. Source: {@code asm-generic/resource.h}. */
final class Rlimits {
    private static final long FILE_SIZE = 1;
    private static final long DATA = 2;
    private static final long CORE = 4;
    private static final long PROCESSES = 6;
    private static final long OPEN_FILES = 7;

    private Rlimits() {}

    /**
     * @param beyond how many processes and threads a user may have beyond those it has now; 0 where the user is the sandbox's
     *     own, to which the limit of the spec then applies
     */
    static List<Long> of(Isolation.Limits limits, int beyond) throws IOException {
        long processes = beyond == 0 ? limits.processes() : ownThreads() + beyond;
        return List.of(
                FILE_SIZE,
                limits.fileBytes(),
                DATA,
                limits.memoryBytes(),
                CORE,
                0L,
                PROCESSES,
                processes,
                OPEN_FILES,
                (long) limits.openFiles());
    }

    private static long ownThreads() throws IOException {
        Path self = Path.of("/proc/self");
        Object user = Files.getAttribute(self, "unix:uid");
        long threads = 0;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                threads += threads(process, user);
            }
        }
        return threads;
    }

    private static long threads(Path process, Object user) {
        try {
            boolean own = user.equals(Files.getAttribute(process, "unix:uid"));
            return own ? ProcessStat.of(process).map(ProcessStat::threads).orElse(0L) : 0;
        } catch (IOException ended) {
            return 0;
        }
    }
}
