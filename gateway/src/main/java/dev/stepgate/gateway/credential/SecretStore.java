package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.tool.Secret;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the values of credentials lie. Blocks the calling thread, at most a few seconds; many may call at once. It caches
 * nothing: how long a value counts is {@link HeldSecret}'s matter.
 */
public interface SecretStore extends AutoCloseable {

    /**
     * Reads a value, or has one made.
     *
     * @param grant what a value that is made is taken with, so that it ends with it; null for the store's own login
     */
    Reading read(Source source, @Nullable Grant grant) throws SecretStoreFailed;

    /**
     * Gets an identity for one episode, with no more rights than the gateway's own.
     *
     * @param most after which it ends by itself
     */
    Grant grant(String environment, Duration most) throws SecretStoreFailed;

    /** Asks for more time; what is given may be less. */
    Duration renew(String lease, Duration wanted) throws SecretStoreFailed;

    /** Ends a grant with everything that was taken with it, or one lease. What has ended already is no failure. */
    void revoke(Issued issued) throws SecretStoreFailed;

    /** Logs in and says nothing of it. For the doctor. */
    void check() throws SecretStoreFailed;

    /** Its kind and address, for people. */
    String describe();

    @Override
    void close();

    /**
     * What was read.
     *
     * @param version of the value, or null where there are none
     * @param lease how long it counts, or null where it does not end
     */
    record Reading(
            Map<String, Secret> fields,
            @Nullable Integer version,
            @Nullable Lease lease) {
        public Reading {
            fields = Map.copyOf(fields);
        }
    }

    /** A value's time to live. */
    record Lease(String id, Duration time, boolean renewable) {}

    /**
     * An identity for one episode.
     *
     * @param accessor names it, without being of use to whoever reads it but to end it
     */
    record Grant(Secret token, String accessor, Duration time) {}

    /** What must be taken back. */
    sealed interface Issued {
        /** Its name. */
        String id();

        /** A grant, by its accessor. */
        record Token(String id) implements Issued {}

        /** One lease. */
        record Leased(String id) implements Issued {}
    }
}
