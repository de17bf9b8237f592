package dev.stepgate.gateway.journal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Signs how far the journal's files have come, in {@code checkpoints.jsonl}: each line names the files that have grown since the
 * one before, and its own place after that. What a checkpoint has signed cannot be changed or cut without being found. One
 * gateway writes it at a time. Safe for use by many threads; no call waits for it.
 */
public final class Checkpoints implements AutoCloseable {
    static final String FILE = "checkpoints.jsonl";

    /** The public halves of the keys that have signed here, each by its id. */
    static final String KEYS = "keys";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(10);
    private static final long SOONER_AFTER_RECORDS = 1_000;
    private static final int MAX_FILES = 1_000;

    /** In a row, so that episodes that go on growing keep nobody here. */
    private static final int MAX_ROUNDS = 1_000;

    /** More than the longest line: 1,000 files with names of less than 200 characters. */
    private static final int TAIL = 1 << 20;

    private final JsonLinesJournal journal;
    private final CheckpointKey key;
    private final InstantSource clock;
    private final FileChannel file;
    private final FileLock lock;
    private long number;
    private String previous;
    private Instant last;

    /** Taken from the journal and not yet on file; as true later as now. */
    private List<ChainHead> unwritten = List.of();

    /**
     * Goes on where the last one ended.
     *
     * @throws UncheckedIOException when the file cannot be written, has another writer or does not end with a checkpoint
     */
    public Checkpoints(JsonLinesJournal journal, CheckpointKey key, InstantSource clock) {
        this.journal = journal;
        this.key = key;
        this.clock = clock;
        this.last = clock.instant();
        Path path = journal.folder().resolve(FILE);
        try {
            Files.createDirectories(journal.folder().resolve(KEYS));
            Files.writeString(journal.folder().resolve(KEYS).resolve(key.id() + ".pem"), key.publicPem());
            file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                lock = only(file, path);
                ObjectNode tail = tail(path);
                number = tail.path("number").asLong();
                previous = tail.path("hash").asText();
                if (number == 0) {
                    write(List.of(), List.of());
                }
            } catch (IOException | RuntimeException failed) {
                file.close();
                throw failed;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static FileLock only(FileChannel file, Path path) throws IOException {
        try {
            FileLock own = file.tryLock();
            if (own != null) {
                return own;
            }
        } catch (OverlappingFileLockException heldHere) {
            // Told below, like one that another process holds.
        }
        throw new IOException(
                "another gateway writes the journal of `" + path + "`: give this one a --data folder of its own");
    }

    /** Number and hash of the last whole line. A line that a crash cut short is taken away. */
    private ObjectNode tail(Path path) throws IOException {
        ObjectNode found = JSON.createObjectNode().put("number", 0).put("hash", "");
        long from = Math.max(0, file.size() - TAIL);
        ByteBuffer bytes = ByteBuffer.allocate((int) (file.size() - from));
        while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) >= 0) {
            // One read may bring less than was asked for.
        }
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
        int end = text.lastIndexOf('\n');
        file.truncate(from + end + 1);
        file.position(from + end + 1);
        if (end >= 0) {
            byte[] line =
                    text.substring(text.lastIndexOf('\n', end - 1) + 1, end).getBytes(StandardCharsets.ISO_8859_1);
            if (!(JSON.readTree(line) instanceof ObjectNode checkpoint)
                    || !checkpoint.path("number").isIntegralNumber()) {
                throw new IOException("`" + path + "` does not end with a checkpoint: move the journal's folder away");
            }
            found.put("number", checkpoint.path("number").asLong()).put("hash", hash(line));
        }
        return found;
    }

    /** Signs what has grown if enough has, or if the last checkpoint is old. To be called about once a second. */
    public void writeIfDue() {
        if (journal.recordsSinceTaken() >= SOONER_AFTER_RECORDS
                || !clock.instant().isBefore(last.plus(AT_LEAST_EVERY))) {
            write();
        }
    }

    /** Signs all that has grown. A failure is logged; the next time tries again. */
    public synchronized void write() {
        last = clock.instant();
        try {
            int signed = MAX_FILES;
            for (int round = 0; signed == MAX_FILES && round < MAX_ROUNDS; round++) {
                if (unwritten.isEmpty()) {
                    unwritten = journal.takeGrown(MAX_FILES);
                }
                signed = unwritten.size();
                if (signed > 0) {
                    write(unwritten, List.of());
                    unwritten = List.of();
                }
            }
        } catch (IOException unwritable) {
            System.getLogger(Checkpoints.class.getName())
                    .log(System.Logger.Level.ERROR, "journal=checkpoint-unwritable cause={0}", unwritable);
        }
    }

    /**
     * Signs that files are about to be removed.
     *
     * @param names at most 1,000
     * @throws IOException when that cannot be written, and so they must stay
     */
    synchronized void retire(List<String> names) throws IOException {
        write(List.of(), names);
    }

    private void write(List<ChainHead> grown, List<String> retired) throws IOException {
        ObjectNode checkpoint = JSON.createObjectNode();
        checkpoint.put("type", "checkpoint").put("number", number + 1);
        checkpoint.put("time", clock.instant().toString()).put("previous", previous);
        checkpoint.put("key", key.id());
        var files = checkpoint.putArray("files");
        grown.forEach(one -> files.addObject()
                .put("file", one.file())
                .put("records", one.records())
                .put("head", one.head()));
        if (!retired.isEmpty()) {
            var gone = checkpoint.putArray("retired");
            retired.forEach(gone::add);
        }
        String signature = Base64.getEncoder().encodeToString(key.sign(JSON.writeValueAsBytes(checkpoint)));
        byte[] line = JSON.writeValueAsBytes(checkpoint.put("signature", signature));
        long start = file.position();
        try {
            ByteBuffer bytes = ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n');
            for (bytes.flip(); bytes.hasRemaining(); ) {
                file.write(bytes);
            }
        } catch (IOException failed) {
            file.truncate(start);
            throw failed;
        }
        number++;
        previous = hash(line);
    }

    static String hash(byte[] line) {
        return HexFormat.of().formatHex(HashChain.sha256().digest(line));
    }

    /** Signs the rest and lets another gateway write. */
    @Override
    public synchronized void close() {
        write();
        try {
            lock.release();
            file.close();
        } catch (IOException alreadyWritten) {
            // Every checkpoint was written by its own call.
        }
    }
}
