package dev.stepgate.gateway.credential;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.credential.SecretStore.Issued;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was issued and not yet taken back, on disk before it is used, so that a gateway that is killed takes it back when it
 * starts again. It holds names of tokens and leases, never tokens. Thread-safe.
 */
public final class LeaseLedger implements AutoCloseable {
    /** Lines after which the file is written anew with what lives, if that is much less. */
    private static final int MOST_LINES = 50_000;

    private final InstantSource clock;
    private final Path path;
    private final ReentrantLock writing = new ReentrantLock();
    private final Map<Issued, Noted> live;
    private final FileChannel lock;
    private final int mostLines;
    private FileChannel file;
    private int lines;

    /**
     * For what something was issued.
     *
     * @param credential the manifest's name for it, or empty for the identity of an episode
     */
    public record Owner(String environment, String credential) {}

    /** What was noted of one thing. */
    public record Noted(Owner owner, Instant until) {}

    /** Opens the file, without what has ended by itself meanwhile. */
    public LeaseLedger(Path path, InstantSource clock) throws IOException {
        this(path, clock, MOST_LINES);
    }

    LeaseLedger(Path path, InstantSource clock, int mostLines) throws IOException {
        this.clock = clock;
        this.path = path;
        this.mostLines = mostLines;
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        this.lock = FileChannel.open(
                path.resolveSibling(path.getFileName() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isOurs(lock)) {
            lock.close();
            throw new IOException("another gateway keeps its data here");
        }
        this.live = read(path, clock);
        this.file = compacted();
    }

    /** What a file names that may still live; nothing where there is no file. It may be that of a gateway that runs. */
    public static Map<Issued, Noted> read(Path path, InstantSource clock) throws IOException {
        Map<Issued, Noted> live = new LinkedHashMap<>();
        if (Files.exists(path)) {
            Files.readAllLines(path).forEach(line -> replay(line, live));
        }
        live.values().removeIf(noted -> noted.until().isBefore(clock.instant()));
        return live;
    }

    private FileChannel compacted() throws IOException {
        Path next = path.resolveSibling(path.getFileName() + ".next");
        Files.deleteIfExists(next);
        Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        FileChannel fresh = FileChannel.open(next, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        for (Map.Entry<Issued, Noted> entry : live.entrySet()) {
            write(fresh, issued(entry.getKey(), entry.getValue()));
        }
        fresh.force(true);
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
        lines = live.size();
        return fresh;
    }

    private static boolean isOurs(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (java.nio.channels.OverlappingFileLockException ofThisProcess) {
            return false;
        }
    }

    private static void replay(String line, Map<Issued, Noted> live) {
        try {
            JsonNode entry = StrictJson.parse(line.getBytes(StandardCharsets.UTF_8));
            String id = entry.path("id").asText("");
            Issued issued =
                    entry.path("kind").asText("").equals("token") ? new Issued.Token(id) : new Issued.Leased(id);
            if (entry.path("event").asText("").equals("issued")) {
                Owner owner = new Owner(
                        entry.path("environment").asText(""),
                        entry.path("credential").asText(""));
                live.put(
                        issued,
                        new Noted(owner, Instant.parse(entry.path("until").asText(""))));
            } else {
                live.remove(issued);
            }
        } catch (JsonProblem | java.time.DateTimeException cut) {
            // The last line of a gateway that was killed while it wrote; what it was about was not used yet.
        }
    }

    /**
     * Notes what was issued, or that it lives longer.
     *
     * @throws SecretStoreFailed when it cannot be written; then it must not be used
     */
    void issued(Issued issued, Owner owner, Duration time) throws SecretStoreFailed {
        Noted noted = new Noted(owner, clock.instant().plus(time));
        writing.lock();
        try {
            append(issued(issued, noted));
            file.force(false);
            live.put(issued, noted);
        } catch (IOException unwritable) {
            throw new SecretStoreFailed(SecretStoreFailed.Kind.REFUSED, "the ledger of leases cannot be written");
        } finally {
            writing.unlock();
        }
    }

    /** Notes that it was taken back, or has ended by itself. One that is lost is taken back twice, which does no harm. */
    void ended(Issued issued) {
        writing.lock();
        try {
            if (live.remove(issued) != null) {
                append(entry("ended", issued));
            }
        } catch (IOException unwritable) {
            System.getLogger(LeaseLedger.class.getName()).log(System.Logger.Level.WARNING, "ledger=unwritable");
        } finally {
            writing.unlock();
        }
    }

    /** Whether it may still live. */
    boolean mayLive(Issued issued) {
        writing.lock();
        try {
            Noted noted = live.get(issued);
            return noted != null && noted.until().isAfter(clock.instant());
        } finally {
            writing.unlock();
        }
    }

    /** What was not yet taken back. */
    public List<Issued> live() {
        writing.lock();
        try {
            return List.copyOf(live.keySet());
        } finally {
            writing.unlock();
        }
    }

    private static ObjectNode issued(Issued issued, Noted noted) {
        ObjectNode entry = entry("issued", issued);
        entry.put("environment", noted.owner().environment());
        if (!noted.owner().credential().isEmpty()) {
            entry.put("credential", noted.owner().credential());
        }
        return entry.put("until", noted.until().toString());
    }

    private static ObjectNode entry(String event, Issued issued) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("event", event)
                .put("kind", issued instanceof Issued.Token ? "token" : "lease")
                .put("id", issued.id());
    }

    private void append(ObjectNode entry) throws IOException {
        if (lines >= mostLines && lines >= 2 * live.size()) {
            FileChannel before = file;
            file = compacted();
            before.close();
        }
        write(file, entry);
        lines++;
    }

    private static void write(FileChannel file, ObjectNode entry) throws IOException {
        ByteBuffer line = ByteBuffer.wrap((entry + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            file.write(line);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
        lock.close();
    }
}
