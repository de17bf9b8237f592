package dev.stepgate.gateway.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a journal for anything that was changed, left out, put in, moved or cut. It reads one line at a time; what it keeps
 * is one entry for each file. Used by one thread, once.
 */
public final class JournalVerification {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Longer than any record that the bounds of requests and answers (docs/limits.md) allow. */
    private static final int MAX_LINE = 64 << 20;

    private final Path folder;
    private final Map<String, PublicKey> keys = new HashMap<>();
    private final Map<String, ChainHead> signed = new HashMap<>();
    private long checkpoints;
    private long files;
    private long records;
    private long unsigned;
    private long cut;
    private long retired;

    /**
     * @param folder the journal's folder
     * @param trusted files with the public keys that may have signed; where empty those in the journal's own folder are taken,
     *     which shows no more than that nobody without the private key has changed part of it
     * @throws IOException when a key cannot be read
     */
    public JournalVerification(Path folder, List<Path> trusted) throws IOException {
        this.folder = folder;
        for (Path file : trusted.isEmpty() ? ownKeys(folder) : trusted) {
            PublicKey key = CheckpointKey.readPublic(file);
            keys.put(CheckpointKey.id(key), key);
        }
    }

    private static List<Path> ownKeys(Path folder) throws IOException {
        Path keys = folder.resolve(Checkpoints.KEYS);
        if (!Files.isDirectory(keys)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(keys)) {
            return found.filter(file -> file.toString().endsWith(".pem"))
                    .sorted()
                    .toList();
        }
    }

    /**
     * What was found.
     *
     * @param broken the first place that is not as it was written, in one sentence, if there is one
     * @param checkpoints how many checkpoints were read
     * @param files how many episodes' files
     * @param records how many records in them
     * @param unsigned how many of these came after the last checkpoint that names their file: they follow on, but nobody has signed
     *     that none came after them
     * @param cut how many files end with a part of a line, as a crash leaves it
     * @param retired how many files were removed because they were old, as checkpoints say
     */
    public record Result(
            Optional<String> broken,
            long checkpoints,
            long files,
            long records,
            long unsigned,
            long cut,
            long retired) {}

    /**
     * Looks at all of it, up to the first place that is broken.
     *
     * @throws IOException when a file cannot be read
     */
    public Result run() throws IOException {
        String broken = broken();
        return new Result(Optional.ofNullable(broken), checkpoints, files, records, unsigned, cut, retired);
    }

    private @Nullable String broken() throws IOException {
        Path file = folder.resolve(Checkpoints.FILE);
        if (!Files.exists(file)) {
            return "`" + file + "` is missing, so nothing is signed";
        }
        String broken = brokenCheckpoint(file);
        List<Path> found = episodes();
        for (int i = 0; broken == null && i < found.size(); i++) {
            broken = brokenEpisode(found.get(i));
        }
        if (broken == null && !signed.isEmpty()) {
            String gone = signed.keySet().stream().min(String::compareTo).orElseThrow();
            broken = "`" + gone + "` is missing, and a checkpoint names it";
        }
        return broken;
    }

    private List<Path> episodes() throws IOException {
        try (Stream<Path> all = Files.walk(folder, 3)) {
            return all.filter(file -> file.toString().endsWith(".jsonl"))
                    .filter(file -> !file.equals(folder.resolve(Checkpoints.FILE)))
                    .sorted()
                    .toList();
        }
    }

    private @Nullable String brokenCheckpoint(Path file) throws IOException {
        String previous = "";
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            for (Line line = read(in); line != null; line = read(in)) {
                String place = "line " + (checkpoints + 1) + " of `" + file + "` ";
                if (!line.whole) {
                    cut++;
                    break;
                }
                ObjectNode checkpoint = object(line.bytes);
                if (checkpoint == null || !signed(checkpoint, line.bytes)) {
                    return place + "is not as it was signed, or not by a key that is trusted";
                }
                if (checkpoint.path("number").asLong() != checkpoints + 1
                        || !checkpoint.path("previous").asText().equals(previous)) {
                    return place + "does not follow on the line before it";
                }
                for (JsonNode one : checkpoint.path("files")) {
                    String name = one.path("file").asText();
                    signed.put(
                            name,
                            new ChainHead(
                                    name,
                                    one.path("records").asLong(),
                                    one.path("head").asText()));
                }
                for (JsonNode one : checkpoint.path("retired")) {
                    signed.remove(one.asText());
                    retired++;
                }
                previous = Checkpoints.hash(line.bytes);
                checkpoints++;
            }
        }
        return checkpoints == 0 ? "`" + file + "` has no checkpoint, so nothing is signed" : null;
    }

    private boolean signed(ObjectNode checkpoint, byte[] line) throws IOException {
        PublicKey key = keys.get(checkpoint.path("key").asText());
        String encoded = checkpoint.path("signature").asText();
        byte[] signature;
        try {
            signature = Base64.getDecoder().decode(encoded);
        } catch (IllegalArgumentException noBase64) {
            return false;
        }
        // Written again it must be the same bytes, or a reader of another kind could read something else in it.
        if (key == null
                || !Base64.getEncoder().encodeToString(signature).equals(encoded)
                || !Arrays.equals(JSON.writeValueAsBytes(checkpoint), line)) {
            return false;
        }
        checkpoint.remove("signature");
        return CheckpointKey.verifies(key, JSON.writeValueAsBytes(checkpoint), signature);
    }

    private @Nullable String brokenEpisode(Path file) throws IOException {
        String name = JsonLinesJournal.name(folder, file);
        ChainHead last = signed.remove(name);
        HashChain chain = new HashChain(name);
        long count = 0;
        files++;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            for (Line line = read(in); line != null; line = read(in)) {
                if (!line.whole) {
                    cut++;
                    break;
                }
                count++;
                if (!chain.accepts(line.bytes)) {
                    return "record " + count + " of `" + file + "` is not the one that was written there";
                }
                if (last != null && count == last.records() && !chain.head().equals(last.head())) {
                    return "record " + count + " of `" + file + "` or one before it is not what its checkpoint signed";
                }
            }
        }
        if (last != null && count < last.records()) {
            return "`" + file + "` ends after record " + count + ", and its checkpoint signed " + last.records();
        }
        records += count;
        unsigned += count - (last == null ? 0 : last.records());
        return null;
    }

    private static @Nullable ObjectNode object(byte[] line) throws IOException {
        try {
            return JSON.readTree(line) instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException malformed) {
            return null;
        }
    }

    private static @Nullable Line read(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(1_024);
        int next = in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (line.size() == MAX_LINE) {
                throw new IOException("a line is longer than " + MAX_LINE + " bytes");
            }
            line.write(next);
        }
        return new Line(line.toByteArray(), next == '\n');
    }

    private static final class Line {
        private final byte[] bytes;
        private final boolean whole;

        Line(byte[] bytes, boolean whole) {
            this.bytes = bytes;
            this.whole = whole;
        }
    }
}
