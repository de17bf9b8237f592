package dev.stepgate.gateway.identity.token;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tokens that were verified not long ago, by their digest: the token itself is not kept. An entry counts for 60 seconds and
 * never past the token's end. Two generations of 10,000 entries: when the young one is full it becomes the old one, and what
 * is still used moves up again. Refused tokens are not remembered, so junk cannot drive good ones out. Thread-safe.
 */
final class VerifiedTokens {
    static final int MAX_YOUNG = 10_000;
    private static final Duration COUNTS = Duration.ofSeconds(60);

    private volatile Map<TokenDigest, Entry> young = new ConcurrentHashMap<>();
    private volatile Map<TokenDigest, Entry> old = Map.of();

    private record Entry(VerifiedToken token, Instant until) {}

    Optional<VerifiedToken> find(TokenDigest digest, Instant now) {
        Entry entry = young.get(digest);
        if (entry == null) {
            entry = old.get(digest);
            if (entry == null) {
                return Optional.empty();
            }
            put(digest, entry);
        }
        return now.isBefore(entry.until()) ? Optional.of(entry.token()) : Optional.empty();
    }

    void add(TokenDigest digest, VerifiedToken token, Instant now) {
        Instant until = now.plus(COUNTS);
        put(digest, new Entry(token, until.isBefore(token.expiresAt()) ? until : token.expiresAt()));
    }

    private void put(TokenDigest digest, Entry entry) {
        Map<TokenDigest, Entry> current = young;
        if (current.size() >= MAX_YOUNG) {
            synchronized (this) {
                if (young.size() >= MAX_YOUNG) {
                    old = young;
                    young = new ConcurrentHashMap<>();
                }
                current = young;
            }
        }
        current.put(digest, entry);
    }
}
