package dev.stepgate.gateway.credential.vault;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.gateway.credential.FileSecretStore;
import dev.stepgate.gateway.credential.SecretStore;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSecretStoreTest extends SecretStoreContract {
    @TempDir
    static Path folder;

    private static Path file() {
        return folder.resolve("secrets.json");
    }

    @Override
    SecretStore store() {
        return new FileSecretStore(file());
    }

    @Override
    void put(String path, Map<String, String> fields) {
        ObjectNode content = JsonNodeFactory.instance.objectNode();
        fields.forEach(content.putObject(MOUNT + "/" + path)::put);
        try {
            Files.writeString(file(), content.toString());
            Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void refusesAFileThatOthersMayRead() throws IOException {
        put("team/bot", Map.of("token", "value-of-the-token"));
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));

        assertThatFails(() -> tested().read(source(Engine.KV2, "team/bot", null), null), Kind.REFUSED);
    }

    @Test
    void makesNoCredentials() {
        assertThatFails(() -> tested().read(source(Engine.DYNAMIC, "creds/x", null), null), Kind.REFUSED);
    }
}
