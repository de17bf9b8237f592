package dev.stepgate.gateway.journal;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Removes episodes that nothing was written to for long. A signed checkpoint names them before they go, so that what was
 * removed here is told from what somebody else has removed. Safe for use by many threads; no call waits for it.
 */
public final class Retention {
    /** Named by one checkpoint. */
    static final int MOST_AT_ONCE = 1_000;

    private static final Duration PAUSE = Duration.ofHours(1);

    private final Path folder;
    private final Checkpoints checkpoints;
    private final Duration keep;
    private final InstantSource clock;
    private final ReentrantLock sweeping = new ReentrantLock();
    private Instant next;

    /** @param keep for how long after its last record an episode is kept, at least a day */
    public Retention(JsonLinesJournal journal, Checkpoints checkpoints, Duration keep, InstantSource clock) {
        this.folder = journal.folder();
        this.checkpoints = checkpoints;
        this.keep = keep;
        this.clock = clock;
        this.next = clock.instant();
    }

    /** Removes what is old, at most 1,000 episodes; looks about once an hour if it finds no more. To be called about once a second. */
    public void sweepIfDue() {
        if (!sweeping.tryLock()) {
            return;
        }
        try {
            Instant now = clock.instant();
            if (!now.isBefore(next)) {
                next = now.plus(PAUSE);
                if (sweep(now.minus(keep)) == MOST_AT_ONCE) {
                    next = now;
                }
            }
        } catch (IOException failed) {
            System.getLogger(Retention.class.getName())
                    .log(System.Logger.Level.ERROR, "journal=not-swept folder={0} cause={1}", folder, failed);
        } finally {
            sweeping.unlock();
        }
    }

    private int sweep(Instant before) throws IOException {
        List<Path> old = new ArrayList<>();
        for (Path day : below(folder)) {
            if (isDayBefore(day, before)) {
                for (Path environment : below(day)) {
                    for (Path file : below(environment)) {
                        if (old.size() < MOST_AT_ONCE
                                && Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                            old.add(file);
                        }
                    }
                }
            }
        }
        if (!old.isEmpty()) {
            checkpoints.retire(old.stream()
                    .map(file -> JsonLinesJournal.name(folder, file))
                    .toList());
            for (Path file : old) {
                Files.deleteIfExists(file);
                Path name = folder.relativize(file);
                deleteIfEmpty(folder.resolve(name.subpath(0, 2)));
                deleteIfEmpty(folder.resolve(name.subpath(0, 1)));
            }
        }
        return old.size();
    }

    private static boolean isDayBefore(Path folder, Instant instant) {
        String name = folder.getFileName().toString();
        return name.matches("\\d{4}-\\d{2}-\\d{2}")
                && name.compareTo(LocalDate.ofInstant(instant, ZoneOffset.UTC).toString()) <= 0;
    }

    private static List<Path> below(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(folder)) {
            return found.sorted().toList();
        }
    }

    private static void deleteIfEmpty(Path folder) throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException inUse) {
            // An episode that is not old yet lies in it.
        }
    }
}
