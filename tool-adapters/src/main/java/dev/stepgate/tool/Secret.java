package dev.stepgate.tool;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A value that must never be written anywhere: it prints as {@code ***}, is compared in constant time, can not be serialised
 * and can be wiped. Thread-safe.
 */
public final class Secret {
    private final byte[] value;

    private Secret(byte[] value) {
        this.value = value;
    }

    public static Secret of(String value) {
        return new Secret(value.getBytes(StandardCharsets.UTF_8));
    }

    /** The value itself, for the one place that puts it on the wire. */
    public String reveal() {
        return new String(value, StandardCharsets.UTF_8);
    }

    /** Overwrites the value, once nobody needs it any more. */
    public void wipe() {
        Arrays.fill(value, (byte) 0);
    }

    /** How many bytes it has. */
    public int length() {
        return value.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(value, secret.value);
    }

    /** The same for all secrets, so that a hash can not be used to recognise one. */
    @Override
    public int hashCode() {
        return 0;
    }

    @Override
    public String toString() {
        return "***";
    }
}
