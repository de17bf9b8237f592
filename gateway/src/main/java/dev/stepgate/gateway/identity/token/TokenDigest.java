package dev.stepgate.gateway.identity.token;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A SHA-256 digest as a key of a map: four words instead of an array, so that it compares by value. */
record TokenDigest(long a, long b, long c, long d) {

    static TokenDigest of(byte[] bytes) {
        try {
            ByteBuffer digest =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
            return new TokenDigest(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    String text() {
        return String.format("%016x%016x%016x%016x", a, b, c, d);
    }
}
