package dev.stepgate.gateway.session;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Requests of stateless clients that wait for their client's answers, and the {@code requestState} under which each is found
 * again. A state is sealed with a key of this process (AES-256-GCM); it is good for one principal, one environment, one
 * request with its arguments, one round, and five minutes. Whatever is wrong with one, the answer is the same. Thread-safe.
 */
public final class HeldRequests {
    /** How long a person may think. */
    public static final Duration HELD = Duration.ofMinutes(5);

    private static final int MOST_HELD = 10_000;
    private static final int LONGEST_STATE = 512;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final byte VERSION = 1;

    private final SecureRandom random;
    private final LongSupplier nanoTime;
    private final SecretKey key;
    private final AtomicLong nextId = new AtomicLong(1);
    private final Map<Long, Held> held = new ConcurrentHashMap<>();

    /** @param nanoTime a clock that never goes back, as {@link System#nanoTime} */
    public HeldRequests(SecureRandom random, LongSupplier nanoTime) {
        this.random = random;
        this.nanoTime = nanoTime;
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        this.key = new SecretKeySpec(bytes, "AES");
    }

    /** A request that can wait. */
    public interface Waiting {
        /** Nobody came back. */
        void expire();
    }

    private record Held(Waiting request, byte[] binding, long round, long untilNanos) {}

    /**
     * Who asks for what: whoever comes back must ask for the same.
     *
     * @param params of the request, without {@code _meta} and what changes between rounds
     */
    public record Asked(String principal, String environment, String method, ObjectNode params) {
        private byte[] digest() {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                for (String part : new String[] {principal, environment, method}) {
                    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                    digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
                    digest.update(bytes);
                }
                digest.update(StrictJson.bytes(params));
                return digest.digest();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e); // every JDK has it
            }
        }
    }

    /** An id for a request, before its first round. */
    public long newId() {
        return nextId.getAndIncrement();
    }

    /**
     * Keeps a request for its next round.
     *
     * @return the state to give to the client
     * @throws Refusal when too many are kept
     */
    public String hold(long id, long round, Asked asked, Waiting request) {
        if (held.size() >= MOST_HELD) {
            throw Refusal.environmentFailed("too many requests wait for answers");
        }
        byte[] binding = asked.digest();
        held.put(id, new Held(request, binding, round, nanoTime.getAsLong() + HELD.toNanos()));
        return seal(ByteBuffer.allocate(16).putLong(id).putLong(round).array(), binding);
    }

    /** The request that a state is of; it is found once. Empty for every state that is not what was given out. */
    public Optional<Waiting> take(String state, Asked asked) {
        byte[] binding = asked.digest();
        return open(state, binding).flatMap(plain -> {
            ByteBuffer fields = ByteBuffer.wrap(plain);
            long id = fields.getLong();
            long round = fields.getLong();
            Held found = held.get(id);
            if (found == null) {
                return Optional.empty();
            }
            boolean is = found.round() == round
                    && found.untilNanos() - nanoTime.getAsLong() > 0
                    && MessageDigest.isEqual(found.binding(), binding)
                    && held.remove(id, found);
            return is ? Optional.of(found.request()) : Optional.empty();
        });
    }

    /** How many requests wait. */
    public int count() {
        return held.size();
    }

    /** The request has come to its end without its client. */
    public void forget(long id) {
        held.remove(id);
    }

    /** Ends the requests whose clients did not come back. */
    public void endExpired() {
        long now = nanoTime.getAsLong();
        held.forEach((id, waiting) -> {
            if (waiting.untilNanos() - now <= 0 && held.remove(id, waiting)) {
                waiting.request().expire();
            }
        });
    }

    private String seal(byte[] plain, byte[] binding) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, binding).doFinal(plain);
            ByteBuffer state = ByteBuffer.allocate(1 + NONCE + sealed.length);
            state.put(VERSION).put(nonce).put(sealed);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(state.array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Optional<byte[]> open(String state, byte[] binding) {
        if (state.length() > LONGEST_STATE) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(state);
            int length = 1 + NONCE + 16 + TAG_BITS / 8;
            if (bytes.length != length || bytes[0] != VERSION) {
                return Optional.empty();
            }
            byte[] nonce = java.util.Arrays.copyOfRange(bytes, 1, 1 + NONCE);
            return Optional.of(
                    cipher(Cipher.DECRYPT_MODE, nonce, binding).doFinal(bytes, 1 + NONCE, bytes.length - 1 - NONCE));
        } catch (GeneralSecurityException | IllegalArgumentException forged) {
            return Optional.empty();
        }
    }

    private Cipher cipher(int mode, byte[] nonce, byte[] binding) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(binding);
        return cipher;
    }
}
