package dev.stepgate.gateway.journal;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The journal files that are open. Beyond the bound the one that was opened first is closed; its next record opens it again.
 * Safe for use by many threads.
 */
final class OpenFiles {
    private final int max;
    private final ReentrantLock lock = new ReentrantLock();
    private final SequencedSet<EpisodeJournal> files = new LinkedHashSet<>();

    OpenFiles(int max) {
        this.max = max;
    }

    /** Notes a file that was just opened, and closes another if they are too many. */
    void opened(EpisodeJournal file) {
        oldestBeside(file).ifPresent(EpisodeJournal::close);
    }

    void closed(EpisodeJournal file) {
        lock.lock();
        try {
            files.remove(file);
        } finally {
            lock.unlock();
        }
    }

    private Optional<EpisodeJournal> oldestBeside(EpisodeJournal file) {
        lock.lock();
        try {
            files.addLast(file);
            return files.size() > max ? Optional.of(files.removeFirst()) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
