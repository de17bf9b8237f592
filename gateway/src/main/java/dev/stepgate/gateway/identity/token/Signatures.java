package dev.stepgate.gateway.identity.token;

import dev.stepgate.gateway.identity.token.KeySet.VerificationKey;
import dev.stepgate.gateway.identity.token.TokenRefused.Reason;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTTokenParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jose4j.keys.resolvers.VerificationKeyResolver;

/**
 * Checks signatures of one issuer's tokens by SmallRye JWT, which reads the token a second time and checks issuer and time
 * again by its own clock. It sees one key and one algorithm, both chosen by the caller; its settings are made once for each
 * algorithm. Thread-safe.
 */
final class Signatures {
    /** Not above zero: then it asks for no time of issue. The longest life is checked by {@link Claims}. */
    private static final long NO_LIMIT = 0;

    private final Map<String, JWTAuthContextInfo> settings = new HashMap<>();
    private final SignatureLane lane;

    /**
     * @param skew how far clocks may be apart
     * @param lane shared by all issuers
     */
    Signatures(Issuer issuer, Duration skew, SignatureLane lane) {
        this.lane = lane;
        for (String algorithm : issuer.algorithms()) {
            settings.put(algorithm, settings(issuer.url(), algorithm, skew));
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
            new WithKey(key.key()).parse(token.text(), Objects.requireNonNull(settings.get(token.algorithm())));
        } catch (ParseException refused) {
            // Its text holds the token, so it goes no further.
            throw new TokenRefused(Reason.SIGNATURE);
        } finally {
            lane.leave();
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
