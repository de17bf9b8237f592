package dev.stepgate.gateway.identity.token;

import dev.stepgate.gateway.identity.token.KeySet.VerificationKey;
import dev.stepgate.gateway.identity.token.TokenRefused.Reason;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTTokenParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jose4j.jca.ProviderContext;
import org.jose4j.jwa.AlgorithmFactoryFactory;
import org.jose4j.jws.JsonWebSignatureAlgorithm;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.InvalidAlgorithmException;
import org.jose4j.lang.JoseException;

/**
 * Checks signatures of one issuer's tokens by SmallRye JWT, which reads the token a second time and checks issuer and time
 * again by its own clock. It sees one key and one algorithm, both chosen by the caller; its settings are made once for each
 * algorithm. Reading a token costs it as much as the signature does, so its algorithm is asked first: junk is read no
 * further. Thread-safe.
 */
final class Signatures {
    /** Not above zero: then it asks for no time of issue. The longest life is checked by {@link Claims}. */
    private static final long NO_LIMIT = 0;

    private static final ProviderContext PROVIDERS = new ProviderContext();

    private final Map<String, JWTAuthContextInfo> settings = new HashMap<>();
    private final Map<String, JsonWebSignatureAlgorithm> algorithms = new HashMap<>();
    private final SignatureLane lane;

    /**
     * @param skew how far clocks may be apart
     * @param lane shared by all issuers
     */
    Signatures(Issuer issuer, Duration skew, SignatureLane lane) {
        this.lane = lane;
        for (String algorithm : issuer.algorithms()) {
            settings.put(algorithm, settings(issuer.url(), algorithm, skew));
            algorithms.put(algorithm, algorithm(algorithm));
        }
    }

    private static JsonWebSignatureAlgorithm algorithm(String name) {
        try {
            return AlgorithmFactoryFactory.getInstance()
                    .getJwsAlgorithmFactory()
                    .getAlgorithm(name);
        } catch (InvalidAlgorithmException unknown) {
            throw new IllegalArgumentException("`" + name + "` is no algorithm for signatures", unknown);
        }
    }

    private static JWTAuthContextInfo settings(String issuer, String algorithm, Duration skew) {
        JWTAuthContextInfo settings = new JWTAuthContextInfo();
        settings.setIssuedBy(issuer);
        settings.setSignatureAlgorithm(Set.of(SignatureAlgorithm.fromAlgorithm(algorithm)));
        settings.setClockSkew(Math.toIntExact(skew.plusMillis(999).toSeconds()));
        settings.setMaxTimeToLiveSecs(NO_LIMIT);
        settings.setRelaxVerificationKeyValidation(false);
        // Without a path it takes whatever `groups` is for a list, and fails with a bug of its own where it is none.
        settings.setGroupsPath("sub");
        return settings;
    }

    /**
     * @param key one that fits the token's algorithm
     * @throws TokenRefused when the signature is not the key's
     * @throws KeysUnavailable when too many wait for the same
     */
    void check(CompactToken token, VerificationKey key) {
        if (!lane.tryEnter()) {
            throw new KeysUnavailable(SignatureLane.PATIENCE);
        }
        try {
            if (!isSigned(token, key.key())) {
                throw new TokenRefused(Reason.SIGNATURE);
            }
            new WithKey(key.key()).parse(token.text(), Objects.requireNonNull(settings.get(token.algorithm())));
        } catch (ParseException refused) {
            // Its text holds the token, so it goes no further.
            throw new TokenRefused(Reason.SIGNATURE);
        } finally {
            lane.leave();
        }
    }

    private boolean isSigned(CompactToken token, PublicKey key) {
        int dot = token.text().lastIndexOf('.');
        byte[] signed = token.text().substring(0, dot).getBytes(StandardCharsets.US_ASCII);
        byte[] signature = Base64.getUrlDecoder().decode(token.text().substring(dot + 1));
        try {
            return Objects.requireNonNull(algorithms.get(token.algorithm()))
                    .verifySignature(signature, key, signed, PROVIDERS);
        } catch (JoseException notOne) {
            return false;
        }
    }

    /** The library's parser with a key that is at hand: it fetches none and looks at no header for one. */
    private static final class WithKey extends DefaultJWTTokenParser {
        private final PublicKey key;

        WithKey(PublicKey key) {
            this.key = key;
        }

        @Override
        protected VerificationKeyResolver getVerificationKeyResolver(JWTAuthContextInfo settings) {
            return (_, _) -> key;
        }
    }
}
