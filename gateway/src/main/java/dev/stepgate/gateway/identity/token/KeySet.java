package dev.stepgate.gateway.identity.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import java.io.IOException;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** The keys of one issuer that may verify signatures (RFC 7517). Immutable. */
final class KeySet {
    /** The longest set that is read, in bytes. */
    static final int MAX_BYTES = 64 * 1024;

    private static final int MAX_KEYS = 64;
    private static final int MIN_RSA_BITS = 2048;
    private static final Limits JSON = new Limits(Limits.Reading.STRICT, MAX_BYTES, 16, MAX_BYTES);
    private static final ObjectMapper MAPS = new ObjectMapper();

    private final Map<String, VerificationKey> byId;
    private final Set<VerificationKey> withoutId;

    /**
     * A key and what it may be used for.
     *
     * @param type {@code kty}
     * @param algorithm the only algorithm it is for, or null
     */
    record VerificationKey(
            PublicKey key, String type, @Nullable String algorithm) {

        /** Whether the key's own kind and restriction fit an algorithm. */
        boolean fits(String asked) {
            String kind = asked.startsWith("ES") ? "EC" : asked.equals("EdDSA") ? "OKP" : "RSA";
            return type.equals(kind) && (algorithm == null || algorithm.equals(asked));
        }
    }

    private KeySet(Map<String, VerificationKey> byId, Set<VerificationKey> withoutId) {
        this.byId = Map.copyOf(byId);
        this.withoutId = Set.copyOf(withoutId);
    }

    /**
     * Reads a set. Keys that cannot verify are passed over, and so is a key id that names two of them.
     *
     * @throws IOException when it is no set, has more than 64 keys, or none that is of use: an error page must not take the
     *     place of good keys
     */
    static KeySet read(byte[] document) throws IOException {
        JsonNode keys;
        try {
            keys = StrictJson.parse(document, JSON).path("keys");
        } catch (JsonProblem malformed) {
            throw new IOException("the key set is not JSON: " + malformed.reason());
        }
        if (!keys.isArray() || keys.size() > MAX_KEYS) {
            throw new IOException("the key set has no list of at most " + MAX_KEYS + " keys");
        }
        Map<String, VerificationKey> byId = new HashMap<>();
        Set<VerificationKey> withoutId = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (JsonNode key : keys) {
            Optional<VerificationKey> usable = usable(key);
            String id = key.path("kid").asText("");
            if (usable.isPresent() && id.isEmpty()) {
                withoutId.add(usable.get());
            } else if (usable.isPresent() && byId.put(id, usable.get()) != null) {
                twice.add(id);
            }
        }
        twice.forEach(byId::remove);
        if (byId.isEmpty() && withoutId.isEmpty()) {
            throw new IOException("the key set has no key that can verify signatures");
        }
        return new KeySet(byId, withoutId);
    }

    /** The key of an id; for a token that names none, the only key there is for its algorithm. */
    Optional<VerificationKey> find(@Nullable String id, String algorithm) {
        if (id != null) {
            return Optional.ofNullable(byId.get(id));
        }
        Set<VerificationKey> fitting = new HashSet<>(withoutId);
        fitting.addAll(byId.values());
        fitting.removeIf(key -> !key.fits(algorithm));
        return fitting.size() == 1 ? fitting.stream().findFirst() : Optional.empty();
    }

    private static Optional<VerificationKey> usable(JsonNode key) {
        String type = key.path("kty").asText("");
        boolean forSignatures = key.path("use").asText("sig").equals("sig");
        JsonNode operations = key.path("key_ops");
        boolean verifies = operations.isMissingNode();
        for (JsonNode operation : operations) {
            verifies |= operation.asText().equals("verify");
        }
        if (!key.isObject()
                || !forSignatures
                || !verifies
                || !Set.of("RSA", "EC", "OKP").contains(type)) {
            return Optional.empty();
        }
        try {
            @SuppressWarnings("unchecked")
            Map<String, Object> parameters = MAPS.convertValue(key, Map.class);
            // A published private key is a disaster of its own; it is not needed here and not kept.
            parameters.keySet().removeAll(Set.of("d", "p", "q", "dp", "dq", "qi", "x5c", "x5u"));
            PublicKey found = PublicJsonWebKey.Factory.newPublicJwk(parameters).getPublicKey();
            boolean weak = found instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS;
            String algorithm = key.path("alg").textValue();
            return weak ? Optional.empty() : Optional.of(new VerificationKey(found, type, algorithm));
        } catch (JoseException | RuntimeException notAKey) {
            return Optional.empty();
        }
    }
}
