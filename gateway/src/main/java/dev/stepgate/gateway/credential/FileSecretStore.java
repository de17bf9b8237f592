package dev.stepgate.gateway.credential;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * For development: one JSON file, {@code {"<path>": {"<field>": "<value>"}}}, which nobody but its owner may read. It is read
 * anew each time, so that a changed value is seen.
 */
public final class FileSecretStore implements SecretStore {
    private final Path file;

    public FileSecretStore(Path file) {
        this.file = file;
    }

    @Override
    public Reading read(Source source, @Nullable Grant grant) throws SecretStoreFailed {
        if (source.engine() == Engine.DYNAMIC) {
            throw new SecretStoreFailed(Kind.REFUSED, "a file makes no credentials: only a Vault has `dynamic`");
        }
        JsonNode value = content().path(source.fullPath());
        if (!value.isObject() || (source.version() != null && source.version() != 1)) {
            throw new SecretStoreFailed(Kind.MISSING, "the file of secrets has no `" + source.fullPath() + "`");
        }
        Map<String, Secret> fields = new HashMap<>();
        value.properties()
                .forEach(field ->
                        fields.put(field.getKey(), Secret.of(field.getValue().asText())));
        return new Reading(fields, source.engine() == Engine.KV2 ? 1 : null, null);
    }

    private JsonNode content() throws SecretStoreFailed {
        try {
            Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
            if (rights.stream().anyMatch(right -> !right.name().startsWith("OWNER"))) {
                throw new SecretStoreFailed(
                        Kind.REFUSED, "others may read the file of secrets: chmod 600 " + file.getFileName());
            }
            return StrictJson.parse(Files.readAllBytes(file));
        } catch (IOException | UnsupportedOperationException unreadable) {
            throw new SecretStoreFailed(Kind.UNAVAILABLE, "the file of secrets cannot be read");
        } catch (JsonProblem malformed) {
            throw new SecretStoreFailed(Kind.REFUSED, "the file of secrets is no JSON");
        }
    }

    @Override
    public Grant grant(String environment, Duration most) throws SecretStoreFailed {
        throw new SecretStoreFailed(Kind.REFUSED, "a file of secrets has no identities for episodes");
    }

    @Override
    public Duration renew(String lease, Duration wanted) throws SecretStoreFailed {
        throw new SecretStoreFailed(Kind.REFUSED, "a file of secrets has no leases");
    }

    @Override
    public void revoke(Issued issued) {}

    @Override
    public void check() throws SecretStoreFailed {
        content();
    }

    @Override
    public String describe() {
        return "file";
    }

    @Override
    public void close() {}
}
