package dev.stepgate.gateway.identity.token;

import dev.stepgate.gateway.identity.token.TokenRefused.Reason;
import dev.stepgate.policy.schema.PlainJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Verifies access tokens, whatever resource they are meant for: that is checked by whoever knows the resource. Safe for use by
 * many threads; {@link #verify} may block for two seconds while keys are fetched, {@link #known} never does.
 */
public final class TokenVerifier {
    private final Map<String, Trusted> issuers = new LinkedHashMap<>();
    private final Map<String, Signatures> signatures = new LinkedHashMap<>();
    private final VerifiedTokens verified = new VerifiedTokens();
    private final Rules rules;
    private final InstantSource clock;

    /**
     * What holds for the tokens of every issuer.
     *
     * @param skew how far clocks may be apart
     * @param maxLifetime the longest time between issue and end
     * @param episodeClaim the claim that binds a token to one episode
     */
    public record Rules(Duration skew, Duration maxLifetime, String episodeClaim) {}

    /** An issuer and its keys. */
    public record Trusted(Issuer issuer, IssuerKeys keys) {}

    public TokenVerifier(Iterable<Trusted> issuers, Rules rules, InstantSource clock) {
        SignatureLane lane = new SignatureLane(Runtime.getRuntime().availableProcessors());
        for (Trusted trusted : issuers) {
            if (this.issuers.put(trusted.issuer().url(), trusted) != null) {
                throw new IllegalArgumentException("issuer `" + trusted.issuer().url() + "` is configured twice");
            }
            this.signatures.put(trusted.issuer().url(), new Signatures(trusted.issuer(), rules.skew(), lane));
        }
        this.rules = rules;
        this.clock = clock;
    }

    public Instant now() {
        return clock.instant();
    }

    /** Whether a text could be a token at all; what could not is refused without being decoded. */
    public static boolean hasForm(String token) {
        return CompactToken.hasForm(token);
    }

    /** A token that was verified within the last minute and has not ended. */
    public Optional<VerifiedToken> known(String token) {
        return token.length() > CompactToken.MAX_LENGTH
                ? Optional.empty()
                : verified.find(digest(token), clock.instant());
    }

    /**
     * Verifies a token: form, header, issuer, claims, time, key, signature, in this order. What a token says of itself comes
     * first because it is cheap to refuse by: junk that has ended costs neither a fetch of keys nor a signature.
     *
     * @throws TokenRefused when it does not hold
     * @throws KeysUnavailable when its issuer's keys cannot be had now
     */
    public VerifiedToken verify(String token) {
        Optional<VerifiedToken> known = known(token);
        if (known.isPresent()) {
            return known.get();
        }
        CompactToken compact = CompactToken.read(token);
        Trusted trusted =
                issuers.get(String.valueOf(compact.claims().path("iss").textValue()));
        if (trusted == null) {
            throw new TokenRefused(Reason.ISSUER);
        }
        Issuer issuer = trusted.issuer();
        if (!issuer.algorithms().contains(compact.algorithm())) {
            throw new TokenRefused(Reason.ALGORITHM);
        }
        if (compact.type() != null && !issuer.types().contains(compact.type())) {
            throw new TokenRefused(Reason.TYPE);
        }
        VerifiedToken result = read(compact, issuer);
        Signatures checks = Objects.requireNonNull(signatures.get(issuer.url()));
        checks.check(compact, trusted.keys().key(compact.keyId(), compact.algorithm()));
        verified.add(digest(token), result, clock.instant());
        return result;
    }

    private VerifiedToken read(CompactToken compact, Issuer issuer) {
        Claims claims = new Claims(compact.claims());
        Instant expires = claims.lifetime(clock.instant(), rules.skew(), rules.maxLifetime());
        claims.require(issuer.requiredClaims());
        String client = claims.client();
        if (!issuer.clients().isEmpty() && (client == null || !issuer.clients().contains(client))) {
            throw new TokenRefused(Reason.CLAIMS);
        }
        return new VerifiedToken(
                issuer.url(),
                claims.subject(),
                client,
                claims.audiences(),
                claims.scopes(),
                claims.roles(issuer.roleClaim()),
                claims.text(rules.episodeClaim()),
                PlainJson.object(compact.claims()),
                expires);
    }

    private static TokenDigest digest(String token) {
        return TokenDigest.of(token.getBytes(StandardCharsets.UTF_8));
    }
}
