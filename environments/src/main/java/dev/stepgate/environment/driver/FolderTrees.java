package dev.stepgate.environment.driver;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Removes folders that programs have filled. No link in them is followed. */
final class FolderTrees {
    private static final long TO_REMOVE_SECONDS = 30;

    /** For what Java's walk cannot enter: folders that were closed to their owner, and paths too long for one call. */
    private static final String REMOVE = "chmod -R u+rwX -- \"$1\" 2>/dev/null; rm -rf -- \"$1\"";

    private FolderTrees() {}

    /** Says so in the log where something is left. */
    static void delete(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS) || walked(folder) || removedByShell(folder)) {
            return;
        }
        System.getLogger(FolderTrees.class.getName())
                .log(System.Logger.Level.WARNING, "folder=not-removed path={0}", folder);
    }

    private static boolean walked(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path emptied, @Nullable IOException failed)
                        throws IOException {
                    Files.deleteIfExists(emptied);
                    return FileVisitResult.CONTINUE;
                }
            });
            return true;
        } catch (IOException left) {
            return false;
        }
    }

    private static boolean removedByShell(Path folder) {
        try {
            Process shell = new ProcessBuilder("/bin/sh", "-c", REMOVE, "stepgate-remove", folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!shell.waitFor(TO_REMOVE_SECONDS, TimeUnit.SECONDS)) {
                shell.destroyForcibly();
            }
            return !Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException notStarted) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
