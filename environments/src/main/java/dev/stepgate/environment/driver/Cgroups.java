package dev.stepgate.environment.driver;

import dev.stepgate.environment.Isolation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Control groups for sandboxes, below the gateway's own: beside it they would escape the limits that the machine gives the
 * gateway. Thread-safe. Source: {@code cgroups(7)}, the kernel's {@code cgroup-v2.rst} and {@code cgroup-v1/memory.rst}.
 */
final class Cgroups {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String NAME = "stepgate-";

    /** Where groups are made, and whether there is one tree for all limits. */
    private record Place(boolean unified, Path memory, Path processes) {}

    private final Optional<Place> place;
    private final AtomicLong next = new AtomicLong();

    private Cgroups(Optional<Place> place) {
        this.place = place;
    }

    /** Makes no group. */
    static Cgroups none() {
        return new Cgroups(Optional.empty());
    }

    /** Finds a place that the gateway may write to; in a unified tree it moves itself into a leaf for that. */
    static Cgroups find() {
        Map<String, Path> own = own();
        Optional<Place> hybrid = Optional.ofNullable(own.get("memory"))
                .flatMap(memory ->
                        Optional.ofNullable(own.get("pids")).map(processes -> new Place(false, memory, processes)))
                .filter(found -> Files.isWritable(found.memory()) && Files.isWritable(found.processes()));
        return new Cgroups(hybrid.or(() -> Optional.ofNullable(own.get("")).flatMap(Cgroups::unified)));
    }

    /** The gateway's own group in each tree; that of the unified one has no name. */
    private static Map<String, Path> own() {
        Map<String, Path> own = new java.util.HashMap<>();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
                String[] fields = line.split(":", 3);
                for (String controller : fields.length == 3 ? fields[1].split(",", -1) : new String[0]) {
                    Path tree = controller.isEmpty() ? ROOT : ROOT.resolve(controller);
                    own.put(controller, tree.resolve(fields[2].substring(1)));
                }
            }
        } catch (IOException none) {
            // No Linux, or none that tells.
        }
        return own;
    }

    private static Optional<Place> unified(Path own) {
        try {
            String controllers = Files.readString(own.resolve("cgroup.controllers"));
            if (!controllers.contains("memory") || !controllers.contains("pids") || !Files.isWritable(own)) {
                return Optional.empty();
            }
            // A group with processes of its own may not hand controllers on.
            Path leaf = own.resolve(NAME + "gateway");
            Files.createDirectories(leaf);
            write(
                    leaf.resolve("cgroup.procs"),
                    String.valueOf(ProcessHandle.current().pid()));
            write(own.resolve("cgroup.subtree_control"), "+memory +pids");
            return Optional.of(new Place(true, own, own));
        } catch (IOException notOurs) {
            return Optional.empty();
        }
    }

    /**
     * Makes a group with the limits of a sandbox; an empty one where there is no place for it.
     *
     * @throws IOException when there is a place and it cannot be made
     */
    Group create(Isolation.Limits limits) throws IOException {
        if (place.isEmpty()) {
            return new Group(List.of());
        }
        Place found = place.get();
        String name = NAME + ProcessHandle.current().pid() + "-" + next.incrementAndGet();
        Group group = new Group(Stream.of(found.memory(), found.processes())
                .distinct()
                .map(parent -> parent.resolve(name))
                .toList());
        try {
            for (Path folder : group.folders()) {
                Files.createDirectory(folder);
            }
            limit(found, group.folders().getFirst(), group.folders().getLast(), limits);
            return group;
        } catch (IOException failed) {
            group.remove();
            throw failed;
        }
    }

    private static void limit(Place place, Path memory, Path processes, Isolation.Limits limits) throws IOException {
        String bytes = String.valueOf(limits.memoryBytes());
        if (place.unified()) {
            write(memory.resolve("memory.max"), bytes);
            writeIfThere(memory.resolve("memory.swap.max"), "0");
            writeIfThere(memory.resolve("memory.oom.group"), "1");
        } else {
            write(memory.resolve("memory.limit_in_bytes"), bytes);
            writeIfThere(memory.resolve("memory.memsw.limit_in_bytes"), bytes);
        }
        write(processes.resolve("pids.max"), String.valueOf(limits.processes()));
    }

    private static void writeIfThere(Path file, String text) throws IOException {
        if (Files.exists(file)) {
            write(file, text);
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
    }

    /**
     * The group of one sandbox.
     *
     * @param folders to each of which its first process is written; none where there are no control groups
     */
    record Group(List<Path> folders) {
        Group {
            folders = List.copyOf(folders);
        }

        /** What is in it, whoever its parent. */
        Stream<ProcessHandle> members() {
            List<ProcessHandle> members = new ArrayList<>();
            for (Path folder : folders) {
                try {
                    for (String pid : Files.readAllLines(folder.resolve("cgroup.procs"))) {
                        ProcessHandle.of(Long.parseLong(pid)).ifPresent(members::add);
                    }
                } catch (IOException gone) {
                    // Then nobody is in it.
                }
            }
            return members.stream().distinct();
        }

        /** The processes of a sandbox, its first one left out. */
        Stream<ProcessHandle> with(Process first) {
            return Stream.concat(first.descendants(), members());
        }

        /** One line for each folder, as {@link #of} reads them. */
        String written() {
            return folders.stream().map(folder -> folder + "\n").collect(java.util.stream.Collectors.joining());
        }

        /** Only what can be one of ours, whatever was written. */
        static Group of(String written) {
            return new Group(written.lines()
                    .map(line -> Path.of(line).normalize())
                    .filter(folder -> folder.startsWith(ROOT)
                            && String.valueOf(folder.getFileName()).matches(NAME + "[0-9]+-[0-9]+"))
                    .toList());
        }

        /** Removes it once nothing is in it; what has just been killed may take a moment. */
        void remove() {
            for (Path folder : folders) {
                for (int attempt = 0; attempt < 100 && !isRemoved(folder); attempt++) {
                    java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
                }
            }
        }

        private static boolean isRemoved(Path folder) {
            try {
                Files.deleteIfExists(folder);
                return true;
            } catch (IOException busy) {
                return false;
            }
        }
    }
}
