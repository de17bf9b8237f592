package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.episode.Episode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The unguessable path segments by which clients that can send no header reach one episode: one for its trainer, another
 * for its agent. Each has 192 random bits. Only SHA-256 hashes are kept, so that a look-up compares hashes of what was
 * sent, whose timing tells nothing of the capability, and a memory dump holds none. Safe for use by many threads.
 */
public final class EpisodeCapabilities {
    private static final int RANDOM_BYTES = 24;

    private final Map<String, Grant> grants = new ConcurrentHashMap<>();
    private final SecureRandom random;

    /**
     * What a capability gives.
     *
     * @param role {@link Role#TRAINER} or {@link Role#AGENT}
     */
    public record Grant(Episode episode, Role role) {
        String subject() {
            return role.policyName() + "@" + episode.id();
        }
    }

    public EpisodeCapabilities(SecureRandom random) {
        this.random = random;
    }

    /** Makes a capability. This is the only time it is seen in clear. */
    public String issue(Episode episode, Role role) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String capability = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        grants.put(hash(capability), new Grant(episode, role));
        return capability;
    }

    public Optional<Grant> find(String capability) {
        return Optional.ofNullable(grants.get(hash(capability)));
    }

    /** Drops the capabilities of episodes that are no longer remembered. */
    public void retain(java.util.function.Predicate<Episode> remembered) {
        grants.values().removeIf(grant -> !remembered.test(grant.episode()));
    }

    private static String hash(String capability) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(capability.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
