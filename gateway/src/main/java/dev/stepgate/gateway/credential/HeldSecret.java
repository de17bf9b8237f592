package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.gateway.credential.SecretStore.Lease;
import dev.stepgate.gateway.credential.SecretStore.Reading;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Secret;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The value of one credential, kept so that a call asks the store for nothing, and read again in good time. A value without
 * a lease counts for a while after the store has become silent; one with a lease never past its end. Thread-safe; whoever
 * needs the value while there is none waits for the one reading that is under way.
 */
final class HeldSecret {
    private static final System.Logger LOG = System.getLogger(HeldSecret.class.getName());

    /** A value without a lease is read again after this long, more or less a fifth. */
    static final Duration READ_AGAIN = Duration.ofSeconds(60);

    /** A value is not used in the last moments of its lease, which a call may outlast. */
    static final Duration MARGIN = Duration.ofSeconds(30);

    /** After a failed renewal it is tried again after this long. */
    private static final Duration TRY_AGAIN = Duration.ofSeconds(5);

    private final CredentialReference reference;
    private final Origin origin;
    private final Clockwork clock;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile @Nullable Held held;
    private volatile boolean closed;

    /** Where values come from and go to. */
    interface Origin {
        /** Reads the value, if the mode may. */
        Reading read(CredentialReference reference) throws SecretStoreFailed;

        /** Makes sure that a new value is taken back in the end, and out of everything that comes back before. */
        void keep(CredentialReference reference, Reading reading) throws SecretStoreFailed;

        Duration renew(CredentialReference reference, String lease, Duration wanted) throws SecretStoreFailed;

        /** A value that is used no more. */
        void retire(Reading reading);
    }

    /**
     * @param goodUntil in the clock's nanoseconds
     * @param refreshAt the same
     * @param stale whether the store was silent when it should have been read again
     */
    record Held(Reading reading, long goodUntil, long refreshAt, boolean stale) {}

    HeldSecret(CredentialReference reference, Origin origin, Clockwork clock) {
        this.reference = reference;
        this.origin = origin;
        this.clock = clock;
    }

    CredentialReference reference() {
        return reference;
    }

    /** What is held now, whether it still counts or not; null where nothing is. */
    @Nullable
    Held held() {
        return held;
    }

    /**
     * The value as it counts now.
     *
     * @throws Refusal {@code credential.unavailable}
     */
    Reading current() {
        Held now = held;
        if (now != null && clock.nanos() - now.goodUntil() < 0) {
            return now.reading();
        }
        reading.lock();
        try {
            now = held;
            return now != null && clock.nanos() - now.goodUntil() < 0 ? now.reading() : readAnew();
        } finally {
            reading.unlock();
        }
    }

    private Reading readAnew() {
        try {
            return read();
        } catch (SecretStoreFailed failed) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "credential=unavailable name={0} reason={1}",
                    reference.name(),
                    failed.getMessage());
            throw unavailable();
        }
    }

    static Refusal unavailable() {
        return Refusal.of(
                OutcomeClass.INFRA_ERROR,
                "credential.unavailable",
                "the credential that this tool needs is not available at the moment");
    }

    /** The value read again although it counts, because its upstream would not have it. */
    Reading again(Secret rejected, String field) {
        reading.lock();
        try {
            Held now = held;
            Secret known = now == null ? null : now.reading().fields().get(field);
            if (known != null && !known.equals(rejected)) {
                return current(); // somebody has read it again meanwhile
            }
            return readAnew();
        } finally {
            reading.unlock();
        }
    }

    private Reading read() throws SecretStoreFailed {
        if (closed) {
            throw new SecretStoreFailed(Kind.REFUSED, "the episode is over");
        }
        Reading fresh = origin.read(reference);
        Held before = held;
        if (before != null && fresh.lease() == null && before.reading().fields().equals(fresh.fields())) {
            hold(before.reading());
            return before.reading();
        }
        origin.keep(reference, fresh);
        hold(fresh);
        if (before != null) {
            origin.retire(before.reading());
        }
        return fresh;
    }

    private void hold(Reading value) {
        Lease lease = value.lease();
        long now = clock.nanos();
        if (lease == null) {
            held = new Held(value, now + clock.staleMax().toNanos(), now + clock.around(READ_AGAIN, 0.2), false);
        } else {
            held = leased(value, now, lease.time());
        }
    }

    private Held leased(Reading value, long now, Duration time) {
        long margin = Math.min(MARGIN.toNanos(), time.toNanos() / 10);
        return new Held(
                value,
                now + time.toNanos() - margin,
                now + clock.around(time.multipliedBy(2).dividedBy(3), 0.1),
                false);
    }

    /** Reads or renews what is due. Called from time to time by a thread that may wait. */
    void refreshIfDue() {
        Held now = held;
        if (now == null || closed || clock.nanos() - now.refreshAt() < 0 || !reading.tryLock()) {
            return;
        }
        try {
            if (now.equals(held)) {
                refresh(now);
            }
        } finally {
            reading.unlock();
        }
    }

    private void refresh(Held now) {
        Lease lease = now.reading().lease();
        try {
            if (lease == null) {
                read();
            } else if (!lease.renewable() || !renewed(now, lease)) {
                replace(now);
            }
        } catch (SecretStoreFailed failed) {
            if (failed.kind() == Kind.UNAVAILABLE) {
                held = new Held(
                        now.reading(), now.goodUntil(), clock.nanos() + clock.around(TRY_AGAIN, 0.2), lease == null);
            } else {
                held = null; // it may have been taken from the gateway
                origin.retire(now.reading());
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "credential=not-refreshed name={0} reason={1}",
                    reference.name(),
                    failed.getMessage());
        }
    }

    /** Whether there is more time; a lease that has reached its end is given little or none. */
    private boolean renewed(Held now, Lease lease) throws SecretStoreFailed {
        Duration given = origin.renew(reference, lease.id(), lease.time());
        if (given.compareTo(lease.time().dividedBy(2)) < 0) {
            return false;
        }
        held = leased(now.reading(), clock.nanos(), given);
        return true;
    }

    /** A process that has its variables or files can not be given others: it keeps the old ones to their end. */
    private void replace(Held now) throws SecretStoreFailed {
        if (reference.inject().isOfProcess()) {
            held = new Held(now.reading(), now.goodUntil(), now.goodUntil(), false);
        } else {
            read();
        }
    }

    /** Whether its end has to be asked for. */
    boolean isLeased() {
        return reference.source().engine() == Engine.DYNAMIC;
    }

    /** Gives up what is held. */
    void close() {
        closed = true;
        reading.lock();
        try {
            Held last = held;
            held = null;
            if (last != null) {
                origin.retire(last.reading());
            }
        } finally {
            reading.unlock();
        }
    }
}
