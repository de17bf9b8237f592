package dev.stepgate.gateway.identity.token;

import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An issuer whose tokens count.
 *
 * @param url its identifier, compared with {@code iss} character by character
 * @param keysUrl where its keys are, or null to ask its own metadata (RFC 8414, OpenID Connect Discovery)
 * @param algorithms the signature algorithms it may use, by their JWS names; never {@code none} or one with a shared key
 * @param types the values of {@code typ} it may use, in lower case; a token without {@code typ} is taken
 * @param requiredClaims claims that every token must have besides {@code iss}, {@code sub}, {@code aud} and {@code exp}
 * @param clients the clients whose tokens count, or empty for all
 * @param roleClaim the path of the claim that names the caller's roles, its parts divided by dots, or null
 */
public record Issuer(
        String url,
        @Nullable URI keysUrl,
        Set<String> algorithms,
        Set<String> types,
        Set<String> requiredClaims,
        Set<String> clients,
        @Nullable String roleClaim) {

    /** What can be verified here. Shared-key algorithms are absent, so that no public key is ever taken for a secret. */
    public static final Set<String> ALGORITHMS =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    public Issuer {
        algorithms = Set.copyOf(algorithms);
        types = Set.copyOf(types);
        requiredClaims = Set.copyOf(requiredClaims);
        clients = Set.copyOf(clients);
        if (url.isBlank()) {
            throw new IllegalArgumentException("an issuer needs a `url`");
        }
        for (String algorithm : algorithms) {
            if (!ALGORITHMS.contains(algorithm)) {
                throw new IllegalArgumentException(
                        "issuer `" + url + "`: algorithm `" + algorithm + "` is not one of " + ALGORITHMS);
            }
        }
    }
}
