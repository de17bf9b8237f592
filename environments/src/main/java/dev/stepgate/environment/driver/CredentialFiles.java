package dev.stepgate.environment.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Files that hold credentials, on their way into a sandbox or for as long as one runs. They lie in memory, never on a disk, in a
 * folder that the next gateway removes if this one is killed. Thread-safe.
 */
final class CredentialFiles implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    private @Nullable DriverHome home;

    /**
     * Writes files into a folder of their own.
     *
     * @param uid whom they belong to, or negative for the gateway's own user
     * @return the folder, to be removed by who asked for it; it lists the files in the order of their names
     */
    Path write(Map<String, String> files, int uid) throws IOException {
        Path folder = Files.createTempDirectory(home().folder(), "credentials-");
        try {
            for (Map.Entry<String, String> file : new TreeMap<>(files).entrySet()) {
                Path path = folder.resolve(file.getKey());
                Files.createFile(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.write(path, file.getValue().getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--------"));
                own(path, uid);
            }
            if (uid >= 0) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
                own(folder, uid);
            }
            return folder;
        } catch (IOException | RuntimeException failed) {
            delete(folder);
            throw failed;
        }
    }

    private static void own(Path path, int uid) throws IOException {
        if (uid >= 0) {
            Files.setAttribute(path, "unix:gid", uid);
            Files.setAttribute(path, "unix:uid", uid);
        }
    }

    /** Removes a folder that {@link #write} made; nothing where it is null. */
    static void delete(@Nullable Path folder) {
        if (folder != null) {
            FolderTrees.delete(folder);
        }
    }

    private synchronized DriverHome home() throws IOException {
        DriverHome own = home;
        if (own == null) {
            if (!Files.isDirectory(MEMORY)
                    || !"tmpfs".equals(Files.getFileStore(MEMORY).type())) {
                throw new IOException("no file system in memory at " + MEMORY);
            }
            own = DriverHome.create(MEMORY);
            home = own;
        }
        return own;
    }

    @Override
    public synchronized void close() {
        DriverHome own = home;
        if (own != null) {
            own.close();
            home = null;
        }
    }
}
