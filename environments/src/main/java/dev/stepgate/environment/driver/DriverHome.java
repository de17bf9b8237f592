package dev.stepgate.environment.driver;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A driver's own folder, and what is left of those that a killed gateway could not put away. A process is written down as
 * its id, its start in clock ticks and the id of the boot, which no two processes share; what differs in one of them is
 * another process and is left alone. Linux only.
 */
final class DriverHome implements AutoCloseable {
    private static final String PREFIX = "stepgate-sandbox-";
    private static final String OWNER = "owner";
    private static final String LOCK = "lock";
    private static final String RECORD = "running-";
    private static final String GROUP = "group-";

    private final Path folder;
    private final FileChannel lock;

    private DriverHome(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** Ends what gateways that live no more have left below this folder, and makes a home there. */
    static DriverHome create(Path below) throws IOException {
        Path folder = Files.createTempDirectory(below, PREFIX);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        FileChannel lock =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        String owner = identity(ProcessHandle.current().pid()).orElseThrow(() -> new IOException("no /proc"));
        // The owner comes last: a folder without one is never swept.
        Files.writeString(folder.resolve(OWNER), owner);
        sweep(below, folder);
        return new DriverHome(folder, lock);
    }

    /** Readable on the way by every user but not to be listed. */
    Path folder() {
        return folder;
    }

    /**
     * Writes a sandbox down, to be ended by a later gateway if this one is killed. If that fails the process is ended.
     *
     * @return the file to be removed when the sandbox is gone
     */
    Path record(Process process) throws IOException {
        Path record = folder.resolve(RECORD + process.pid());
        try {
            // One that has ended already needs no record.
            Files.writeString(record, identity(process.pid()).orElse(""));
            return record;
        } catch (IOException failed) {
            process.destroyForcibly();
            throw failed;
        }
    }

    /** Writes a control group down, before anything is in it. */
    Path record(Cgroups.Group group) throws IOException {
        return Files.writeString(Files.createTempFile(folder, GROUP, ""), group.written());
    }

    /** A process that runs, as no other process is written; empty where none of this id runs. */
    static Optional<String> identity(long pid) {
        Optional<ProcessStat> stat = ProcessStat.of(pid).filter(found -> !found.hasEnded());
        try {
            String boot =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            return stat.map(found -> pid + " " + found.start() + " " + boot);
        } catch (IOException noLinux) {
            return Optional.empty();
        }
    }

    private static Optional<ProcessHandle> running(String written) {
        String pid = written.split(" ", 2)[0];
        if (!pid.matches("[1-9][0-9]{0,8}")) {
            return Optional.empty();
        }
        Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(pid));
        // Asked after the handle was made, and the handle signals no other process than the one it was made of.
        return process.filter(
                handle -> identity(handle.pid()).filter(written::equals).isPresent());
    }

    private static void sweep(Path below, Path own) throws IOException {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(below, PREFIX + "*")) {
            for (Path home : homes) {
                try {
                    if (!home.equals(own) && isAbandoned(home, own)) {
                        putAway(home);
                    }
                } catch (IOException unreadable) {
                    // Another gateway has just removed it, or will try again.
                }
            }
        }
    }

    /** Whether a folder is one of ours and its gateway is gone. Others may plant folders here, but not under our name. */
    private static boolean isAbandoned(Path home, Path own) throws IOException {
        boolean ours = Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(home, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(own));
        if (!ours || !Files.isRegularFile(home.resolve(OWNER), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        String owner = Files.readString(home.resolve(OWNER));
        if (owner.isEmpty() || running(owner).isPresent()) {
            return false;
        }
        // A gateway in another process namespace is not seen, but its lock is.
        try (FileChannel channel = FileChannel.open(home.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock free = channel.tryLock()) {
            return free != null;
        }
    }

    private static void putAway(Path home) throws IOException {
        try (DirectoryStream<Path> records = Files.newDirectoryStream(home, RECORD + "*")) {
            for (Path record : records) {
                running(Files.readString(record)).ifPresent(DriverHome::end);
            }
        }
        try (DirectoryStream<Path> records = Files.newDirectoryStream(home, GROUP + "*")) {
            for (Path record : records) {
                Cgroups.Group group = Cgroups.Group.of(Files.readString(record));
                group.members().forEach(ProcessHandle::destroyForcibly);
                group.remove();
            }
        }
        FolderTrees.delete(home);
    }

    private static void end(ProcessHandle process) {
        System.getLogger(DriverHome.class.getName())
                .log(System.Logger.Level.WARNING, "sandbox=orphan-ended pid={0}", String.valueOf(process.pid()));
        Stream.concat(Stream.of(process), process.descendants()).toList().forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        // Removed before the lock is given up, so that nobody takes a half-removed folder for an abandoned one.
        FolderTrees.delete(folder);
        try {
            lock.close();
        } catch (IOException alreadyClosed) {
            // The kernel gives it up with the process.
        }
    }
}
