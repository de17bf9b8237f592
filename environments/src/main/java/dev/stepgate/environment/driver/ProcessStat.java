package dev.stepgate.environment.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel tells everybody of a process. Source: {@code proc_pid_stat(5)}.
 *
 * @param state {@code Z} for one that has ended and that nobody has waited for yet
 * @param session the process id of the one that opened its session
 * @param threads how many it has
 * @param start in clock ticks since the machine was started
 */
record ProcessStat(String state, String session, long threads, String start) {
    private static final int STATE = 0;
    private static final int SESSION = 3;
    private static final int THREADS = 17;
    private static final int START = 19;

    /** Empty where no such process is known. */
    static Optional<ProcessStat> of(Path entry) {
        try {
            String stat = Files.readString(entry.resolve("stat"));
            // The name before may hold anything, brackets and spaces too.
            List<String> fields =
                    List.of(stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1));
            return Optional.of(new ProcessStat(
                    fields.get(STATE), fields.get(SESSION), Long.parseLong(fields.get(THREADS)), fields.get(START)));
        } catch (IOException ended) {
            return Optional.empty();
        }
    }

    static Optional<ProcessStat> of(long pid) {
        return of(Path.of("/proc", String.valueOf(pid)));
    }

    boolean hasEnded() {
        return state.equals("Z");
    }
}
