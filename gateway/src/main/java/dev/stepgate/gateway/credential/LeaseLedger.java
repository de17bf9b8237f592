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
    private final InstantSource clock;
    private final ReentrantLock writing = new ReentrantLock();
    private final Map<Issued, Instant> live = new LinkedHashMap<>();
    private final FileChannel file;
    private final FileChannel lock;

    /** Opens the file, without what has ended by itself meanwhile. */
    public LeaseLedger(Path path, InstantSource clock) throws IOException {
        this.clock = clock;
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
        if (Files.exists(path)) {
            Files.readAllLines(path).forEach(this::replay);
        }
        live.values().removeIf(end -> end.isBefore(clock.instant()));
        Path next = path.resolveSibling(path.getFileName() + ".next");
        Files.deleteIfExists(next);
        Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        this.file = FileChannel.open(next, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        for (Map.Entry<Issued, Instant> entry : live.entrySet()) {
            write(entry("issued", entry.getKey()).put("until", entry.getValue().toString()));
        }
        file.force(true);
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static boolean isOurs(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (java.nio.channels.OverlappingFileLockException ofThisProcess) {
            return false;
        }
    }

    private void replay(String line) {
        try {
            JsonNode entry = StrictJson.parse(line.getBytes(StandardCharsets.UTF_8));
            String id = entry.path("id").asText("");
            Issued issued =
                    entry.path("kind").asText("").equals("token") ? new Issued.Token(id) : new Issued.Leased(id);
            if (entry.path("event").asText("").equals("issued")) {
                live.put(issued, Instant.parse(entry.path("until").asText("")));
            } else {
                live.remove(issued);
            }
        } catch (JsonProblem | java.time.DateTimeException cut) {
            // The last line of a gateway that was killed while it wrote; what it was about was not used yet.
        }
    }

    /**
     * Notes what was issued.
     *
     * @throws SecretStoreFailed when it cannot be written; then it must not be used
     */
    void issued(Issued issued, Duration time) throws SecretStoreFailed {
        Instant until = clock.instant().plus(time);
        writing.lock();
        try {
            write(entry("issued", issued).put("until", until.toString()));
            file.force(false);
            live.put(issued, until);
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
                write(entry("ended", issued));
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
            Instant until = live.get(issued);
            return until != null && until.isAfter(clock.instant());
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

    private static ObjectNode entry(String event, Issued issued) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("event", event)
                .put("kind", issued instanceof Issued.Token ? "token" : "lease")
                .put("id", issued.id());
    }

    private void write(ObjectNode entry) throws IOException {
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
