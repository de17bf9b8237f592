package dev.stepgate.gateway.identity.token;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a verified token says. Whether it is meant for the resource at hand is not part of it: see {@code audiences}.
 *
 * @param issuer the issuer's {@code url}
 * @param subject {@code sub}
 * @param client {@code client_id}, else {@code azp}, else null
 * @param audiences {@code aud}, scheme and host in lower case
 * @param scopes what its scope claim names
 * @param roles what the issuer's role claim names
 * @param episode the one episode it is bound to, or null
 * @param claims all its claims as plain JSON, for policies; at most what a token of 8 KiB holds, not to be changed
 * @param expiresAt {@code exp}
 */
public record VerifiedToken(
        String issuer,
        String subject,
        @Nullable String client,
        Set<String> audiences,
        Set<String> scopes,
        Set<String> roles,
        @Nullable String episode,
        Map<String, @Nullable Object> claims,
        Instant expiresAt) {

    public VerifiedToken {
        audiences = Set.copyOf(audiences);
        scopes = Set.copyOf(scopes);
        roles = Set.copyOf(roles);
    }
}
