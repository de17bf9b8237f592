package dev.stepgate.environment.driver;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds the processes of a sandbox by the session that its first process has opened. A sandbox that cannot open another one
 * cannot leave it, and the kernel gives the number to nobody else while one of them lives.
 */
final class Sessions {
    /**
     * Waits for the gateway's end and then ends what it has left: without a process namespace, what a program has started
     * outlives it. {@code $1} is the driver's folder, whose records name the sessions. It ends when a look finds nothing more.
     */
    private static final String KEEPER = """
            trap '' INT TERM HUP
            cat >/dev/null
            cd "$1" 2>/dev/null || exit 0
            found=1
            while [ $found = 1 ]; do
              found=0
              for stat in /proc/[0-9]*/stat; do
                read -r line <"$stat" || continue
                set -- ${line##*) }
                [ "$1" != Z ] && [ -e "running-$4" ] || continue
                pid=${stat#/proc/}; kill -KILL "${pid%/stat}" && found=1
              done
            done 2>/dev/null
            """;

    private Sessions() {}

    /** The processes of the session that this one has opened or will open, itself left out. */
    static Stream<ProcessHandle> members(Process first) {
        String session = String.valueOf(first.pid());
        List<ProcessHandle> members = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (ProcessStat.of(process)
                        .filter(stat -> stat.session().equals(session))
                        .isPresent()) {
                    ProcessHandle.of(Long.parseLong(String.valueOf(process.getFileName())))
                            .ifPresent(members::add);
                }
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // Then only what is found below the first process can be ended.
        }
        return Stream.concat(first.descendants(), members.stream());
    }

    /** The command of a keeper, which lives until its standard input ends. */
    static List<String> keeper(Path home) {
        return List.of("/bin/sh", "-c", KEEPER, "stepgate-keeper", home.toString());
    }
}
