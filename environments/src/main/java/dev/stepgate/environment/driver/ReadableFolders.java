package dev.stepgate.environment.driver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Folders of this machine that a sandbox's own user may read. Where the way to one is closed to other users (a checkout in a
 * private folder, served by root) its files are copied once, to a place that says nothing of this machine. Thread-safe.
 */
final class ReadableFolders {
    private final boolean needed;
    private final Path below;
    private final Map<Path, Path> readable = new ConcurrentHashMap<>();

    /**
     * @param needed whether sandboxes have users of their own
     * @param below where copies are made
     */
    ReadableFolders(boolean needed, Path below) {
        this.needed = needed;
        this.below = below;
    }

    /** @throws UncheckedIOException when it cannot be read */
    Path of(Path folder) {
        return readable.computeIfAbsent(folder, source -> {
            try {
                return !needed || isOpenToAll(source) ? source : copy(source);
            } catch (IOException unreadable) {
                throw new UncheckedIOException("the packages cannot be read", unreadable);
            }
        });
    }

    /** The folder to show beside /usr so that a program installed elsewhere finds its own parts, or null. */
    static @Nullable Path prefix(Path command) throws IOException {
        Path real = command.toRealPath();
        Path bin = real.getParent();
        boolean system = real.startsWith("/usr") || real.startsWith("/bin");
        return system || bin == null ? null : bin.getParent();
    }

    private static boolean isOpenToAll(Path folder) throws IOException {
        for (Path at = folder.toRealPath(); at != null; at = at.getParent()) {
            String rights = PosixFilePermissions.toString(Files.getPosixFilePermissions(at));
            if (rights.charAt(8) != 'x') {
                return false;
            }
        }
        return true;
    }

    private Path copy(Path source) throws IOException {
        Path made = Files.createTempDirectory(below, "packages-");
        Path target = made.resolve(String.valueOf(source.getFileName()));
        try (var entries = Files.walk(source)) {
            for (Path entry : entries.toList()) {
                Files.copy(entry, target.resolve(source.relativize(entry).toString()), LinkOption.NOFOLLOW_LINKS);
            }
        }
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
        return target;
    }
}
