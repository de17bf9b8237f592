package dev.stepgate.gateway.identity.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.identity.token.IssuerKeys.Snapshot;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Optional;

/**
 * The last good key set of each issuer on disk, so that a restart while an issuer is down is no outage. The files hold public
 * keys only. An issuer's file is written by one fetch at a time.
 */
public final class SavedKeys {
    private static final System.Logger LOG = System.getLogger(SavedKeys.class.getName());
    private static final Limits JSON =
            new Limits(Limits.Reading.STRICT, 2 * KeySet.MAX_BYTES, 20, 2 * KeySet.MAX_BYTES);

    private final Path folder;

    public SavedKeys(Path folder) {
        this.folder = folder;
    }

    /** A set that cannot be read, is another issuer's or comes from the future is none. */
    Optional<Snapshot> read(String issuer, Instant now) {
        try {
            if (!Files.exists(file(issuer))) {
                return Optional.empty();
            }
            JsonNode file = StrictJson.parse(Files.readAllBytes(file(issuer)), JSON);
            Instant fetchedAt = Instant.ofEpochSecond(file.path("fetched_at").asLong());
            if (!issuer.equals(file.path("issuer").asText()) || fetchedAt.isAfter(now)) {
                return Optional.empty();
            }
            return Optional.of(new Snapshot(KeySet.read(StrictJson.bytes(file.path("set"))), fetchedAt));
        } catch (IOException | JsonProblem unreadable) {
            LOG.log(System.Logger.Level.WARNING, "keys=unreadable issuer=" + issuer);
            return Optional.empty();
        }
    }

    void write(String issuer, byte[] document, Instant fetchedAt) {
        try {
            ObjectNode file = JsonNodeFactory.instance.objectNode();
            file.put("issuer", issuer).put("fetched_at", fetchedAt.getEpochSecond());
            file.set("set", StrictJson.parse(document, JSON));
            Files.createDirectories(folder);
            Path fresh = Files.createTempFile(folder, "keys", ".new");
            Files.write(fresh, StrictJson.bytes(file));
            Files.move(fresh, file(issuer), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException unwritable) {
            // The keys in memory are good all the same.
            LOG.log(System.Logger.Level.WARNING, "keys=not-saved issuer=" + issuer);
        }
    }

    private Path file(String issuer) {
        return folder.resolve(
                TokenDigest.of(issuer.getBytes(StandardCharsets.UTF_8)).text() + ".json");
    }
}
