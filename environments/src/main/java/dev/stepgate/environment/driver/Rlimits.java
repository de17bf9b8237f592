package dev.stepgate.environment.driver;

import dev.stepgate.environment.Isolation;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Limits for {@code prlimit(2)}, as pairs of a resource's number and its limit. None is above the gateway's own hard limit, which
 * a process without privileges cannot raise: asking for more would fail, and the lower one holds anyway. Sources: {@code
 * asm-generic/resource.h}, {@code proc_pid_limits(5)}.
 */
final class Rlimits {
    private static final Path OWN = Path.of("/proc/self/limits");
    private static final Pattern LINE = Pattern.compile("(Max [a-z ]+?) {2,}\\S+ +(\\S+) .*");

    /** Resources that are limited: the number, the kernel's name for it, the option of {@code prlimit(1)}. */
    private enum Resource {
        FILE_SIZE(1, "Max file size", "fsize"),
        DATA(2, "Max data size", "data"),
        CORE(4, "Max core file size", "core"),
        PROCESSES(6, "Max processes", "nproc"),
        OPEN_FILES(7, "Max open files", "nofile");

        private final long number;
        private final String line;
        private final String option;

        Resource(long number, String line, String option) {
            this.number = number;
            this.line = line;
            this.option = option;
        }
    }

    private Rlimits() {}

    /**
     * @param beyond how many processes and threads a user may have beyond those it has now; 0 where the user is the sandbox's
     *     own, to which the limit of the spec then applies
     */
    static List<Long> of(Isolation.Limits limits, int beyond) throws IOException {
        Map<Resource, Long> wanted = wanted(limits);
        if (beyond != 0) {
            wanted.put(Resource.PROCESSES, ownThreads() + beyond);
        }
        List<Long> pairs = new ArrayList<>();
        clamped(wanted).forEach((resource, limit) -> pairs.addAll(List.of(resource.number, limit)));
        return List.copyOf(pairs);
    }

    /** Options of {@code prlimit(1)} for everything but the number of processes. */
    static List<String> options(Isolation.Limits limits) throws IOException {
        Map<Resource, Long> wanted = wanted(limits);
        wanted.remove(Resource.PROCESSES);
        return options(wanted);
    }

    /** The option of {@code prlimit(1)} for the number of processes alone. */
    static List<String> processes(Isolation.Limits limits) throws IOException {
        return options(Map.of(Resource.PROCESSES, (long) limits.processes()));
    }

    private static List<String> options(Map<Resource, Long> wanted) throws IOException {
        return clamped(wanted).entrySet().stream()
                .map(entry -> "--" + entry.getKey().option + "=" + entry.getValue())
                .toList();
    }

    private static Map<Resource, Long> wanted(Isolation.Limits limits) {
        return new EnumMap<>(Map.of(
                Resource.FILE_SIZE,
                limits.fileBytes(),
                Resource.DATA,
                limits.memoryBytes(),
                Resource.CORE,
                0L,
                Resource.PROCESSES,
                (long) limits.processes(),
                Resource.OPEN_FILES,
                (long) limits.openFiles()));
    }

    private static Map<Resource, Long> clamped(Map<Resource, Long> wanted) throws IOException {
        Map<String, Long> hard = hard();
        Map<Resource, Long> clamped = new EnumMap<>(Resource.class);
        wanted.forEach((resource, limit) ->
                clamped.put(resource, Math.min(limit, hard.getOrDefault(resource.line, Long.MAX_VALUE))));
        return clamped;
    }

    /** The gateway's own hard limits by the kernel's names; those without a limit are left out. */
    private static Map<String, Long> hard() throws IOException {
        return Files.readAllLines(OWN).stream()
                .map(LINE::matcher)
                .filter(line -> line.matches() && line.group(2).matches("[0-9]{1,18}"))
                .collect(Collectors.toMap(line -> line.group(1), line -> Long.parseLong(line.group(2))));
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
