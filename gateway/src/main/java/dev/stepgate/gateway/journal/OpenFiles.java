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
    private final SequencedSet<OpenFile> files = new LinkedHashSet<>();

    /** One that may be open. */
    interface OpenFile {
        /** Closes it; its next record opens it again. */
        void release();
    }

    OpenFiles(int max) {
        this.max = max;
    }

    /** Notes a file that was just opened, and closes another if they are too many. */
    void opened(OpenFile file) {
        oldestBeside(file).ifPresent(OpenFile::release);
    }

    void closed(OpenFile file) {
        lock.lock();
        try {
            files.remove(file);
        } finally {
            lock.unlock();
        }
    }

    private Optional<OpenFile> oldestBeside(OpenFile file) {
        lock.lock();
        try {
            files.addLast(file);
            return files.size() > max ? Optional.of(files.removeFirst()) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
