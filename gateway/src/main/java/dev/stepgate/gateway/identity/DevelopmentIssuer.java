package dev.stepgate.gateway.identity;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.identity.token.Issuer;
import dev.stepgate.json.StrictJson;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.build.Jwt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.EllipticCurveJsonWebKey;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.lang.JoseException;

/**
 * An issuer for trying out roles on one machine: its key is a file in the data folder that only its owner may read. Whoever
 * can read it can be anybody, so a gateway trusts it in training and on loopback only.
 */
public final class DevelopmentIssuer {
    /** No server answers there: tokens come from {@code stepgate token}. */
    private static final String URL = "urn:stepgate:development";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final EllipticCurveJsonWebKey key;

    private DevelopmentIssuer(EllipticCurveJsonWebKey key) {
        this.key = key;
    }

    /** The issuer of a data folder; makes its key if there is none. */
    public static DevelopmentIssuer in(Path dataFolder) {
        Path file = dataFolder.resolve("development-issuer.json");
        try {
            if (!Files.exists(file)) {
                make(file);
            }
            @SuppressWarnings("unchecked")
            Map<String, Object> parameters = JSON.readValue(file.toFile(), Map.class);
            return new DevelopmentIssuer(new EllipticCurveJsonWebKey(parameters, null));
        } catch (IOException unusable) {
            throw new UncheckedIOException("the development key `" + file + "` cannot be used", unusable);
        } catch (JoseException noKey) {
            throw new IllegalStateException("the development key `" + file + "` is none: delete it", noKey);
        }
    }

    /** Written aside and moved into place, so that two programs that start at once use one key. */
    private static void make(Path file) throws IOException, JoseException {
        EllipticCurveJsonWebKey fresh = EcJwkGenerator.generateJwk(EllipticCurves.P256);
        fresh.setKeyId(fresh.calculateBase64urlEncodedThumbprint("SHA-256"));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path aside = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                "development",
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        JSON.writeValue(aside.toFile(), fresh.toParams(OutputControlLevel.INCLUDE_PRIVATE));
        try {
            Files.createLink(file, aside);
        } catch (FileAlreadyExistsException another) {
            // Then that one is it.
        } catch (UnsupportedOperationException noLinks) {
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.deleteIfExists(aside);
    }

    /** How a gateway is told of this issuer. */
    public Issuer issuer() {
        return new Issuer(
                URL, null, Set.of(SignatureAlgorithm.ES256.getAlgorithm()), Set.of("at+jwt"), Set.of(), Set.of(), null);
    }

    /** The key set that its tokens are verified with. */
    public byte[] publicKeys() {
        ObjectNode set = JsonNodeFactory.instance.objectNode();
        set.putArray("keys").add(JSON.<ObjectNode>valueToTree(key.toParams(OutputControlLevel.PUBLIC_ONLY)));
        return StrictJson.bytes(set);
    }

    /**
     * Makes a token.
     *
     * @param audiences full URLs of resources
     * @param scopes divided by spaces
     */
    public String token(String subject, List<String> audiences, String scopes, Instant now, Duration lifetime) {
        return Jwt.claims()
                .issuer(URL)
                .subject(subject)
                .audience(Set.copyOf(audiences))
                .claim("client_id", "stepgate-token")
                .claim("scope", scopes)
                .issuedAt(now)
                .expiresAt(now.plus(lifetime))
                .jws()
                .algorithm(SignatureAlgorithm.ES256)
                .keyId(key.getKeyId())
                .type("at+jwt")
                .sign(key.getPrivateKey());
    }
}
