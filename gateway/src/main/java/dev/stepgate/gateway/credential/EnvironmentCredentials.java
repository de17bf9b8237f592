package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.environment.CredentialReference.Lease;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.credential.HeldSecret.Origin;
import dev.stepgate.gateway.credential.LeaseLedger.Owner;
import dev.stepgate.gateway.credential.SecretStore.Grant;
import dev.stepgate.gateway.credential.SecretStore.Issued;
import dev.stepgate.gateway.credential.SecretStore.Reading;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Secret;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The credentials of one environment in the mode that is served. Thread-safe. */
final class EnvironmentCredentials {
    /** A value may still come back this long after it was last used. */
    static final Duration ECHO = Duration.ofHours(1);

    private static final Set<String> NAMES_OF_USERS = Set.of("username", "user");

    private final String environment;
    private final List<CredentialReference> references;

    /** Those that are attached to messages, by upstream: each call asks for them. */
    private final Map<String, List<CredentialReference>> headers;

    /** Those that fill arguments, by upstream. */
    private final Map<String, List<CredentialReference>> arguments;

    private final Vaulted vaulted;
    private final Scrubber scrubber;
    private final Map<String, HeldSecret> pooled = new LinkedHashMap<>();
    private final Set<RunCredentials> runs = ConcurrentHashMap.newKeySet();
    private final Queue<Retired> retired = new ConcurrentLinkedQueue<>();

    private record Retired(Secret secret, long notBefore) {}

    /**
     * What all environments share.
     *
     * @param leases places for leases, the most that may live at once
     */
    record Vaulted(
            SecretStore store,
            ModeFence fence,
            LeaseLedger ledger,
            Revocations revocations,
            Clockwork clock,
            Semaphore leases,
            boolean isProduction,
            Duration longest) {}

    EnvironmentCredentials(EnvironmentManifest manifest, Vaulted vaulted) {
        this.environment = manifest.name();
        this.references = manifest.credentials().of(vaulted.isProduction());
        this.headers = byUpstream(Injection.Header.class);
        this.arguments = byUpstream(Injection.Argument.class);
        this.vaulted = vaulted;
        this.scrubber = references.isEmpty() ? Scrubber.NONE : new Scrubber();
        Origin shared = new Taking(null);
        references.stream()
                .filter(reference -> !isPerEpisode(reference))
                .forEach(reference -> pooled.put(reference.name(), new HeldSecret(reference, shared, vaulted.clock())));
    }

    private Map<String, List<CredentialReference>> byUpstream(Class<? extends Injection> channel) {
        return references.stream()
                .filter(reference -> channel.isInstance(reference.inject()))
                .collect(Collectors.groupingBy(reference -> reference.bind().upstream()));
    }

    private boolean isPerEpisode(CredentialReference reference) {
        Lease lease = reference.lease();
        boolean each = lease == null ? vaulted.isProduction() : lease == Lease.EPISODE;
        return each && reference.source().engine() == Engine.DYNAMIC;
    }

    Scrubber scrubber() {
        return scrubber;
    }

    List<CredentialReference> references() {
        return references;
    }

    List<CredentialReference> headers(String upstream) {
        return headers.getOrDefault(upstream, List.of());
    }

    List<CredentialReference> arguments(String upstream) {
        return arguments.getOrDefault(upstream, List.of());
    }

    @Nullable
    HeldSecret pooled(String name) {
        return pooled.get(name);
    }

    /** What one run has of them. Closed with the run. */
    RunCredentials open() {
        RunCredentials run = new RunCredentials(this);
        runs.add(run);
        return run;
    }

    /** Holders of the values that are one run's own. */
    Map<String, HeldSecret> own(RunCredentials run) {
        Map<String, HeldSecret> own = new LinkedHashMap<>();
        references.stream()
                .filter(this::isPerEpisode)
                .forEach(reference ->
                        own.put(reference.name(), new HeldSecret(reference, new Taking(run), vaulted.clock())));
        return own;
    }

    void forget(RunCredentials run) {
        runs.remove(run);
    }

    int openRuns() {
        return runs.size();
    }

    /** Reads again what is due and forgets what can come back no more. */
    void sweep() {
        pooled.values().forEach(HeldSecret::refreshIfDue);
        runs.forEach(RunCredentials::refreshIfDue);
        long now = vaulted.clock().nanos();
        Retired first = retired.peek();
        while (first != null && now - first.notBefore() >= 0) {
            retired.remove();
            scrubber.remove(first.secret());
            first.secret().wipe();
            first = retired.peek();
        }
    }

    void close() {
        runs.forEach(RunCredentials::close);
        pooled.values().forEach(HeldSecret::close);
    }

    /**
     * A new identity for one run, noted before it is used.
     *
     * @throws SecretStoreFailed when there is none to be had
     */
    Grant grant() throws SecretStoreFailed {
        takePlace();
        boolean kept = false;
        try {
            Grant grant = vaulted.store().grant(environment, vaulted.longest());
            scrubber.add(grant.token());
            vaulted.ledger().issued(new Issued.Token(grant.accessor()), new Owner(environment, ""), grant.time());
            kept = true;
            return grant;
        } finally {
            if (!kept) {
                vaulted.leases().release();
            }
        }
    }

    void end(Grant grant) {
        vaulted.revocations().add(new Issued.Token(grant.accessor()));
        vaulted.leases().release();
        retire(grant.token());
    }

    private void takePlace() throws SecretStoreFailed {
        if (!vaulted.leases().tryAcquire()) {
            throw new SecretStoreFailed(Kind.UNAVAILABLE, "the most leases that may live at once are taken");
        }
    }

    private void retire(Secret secret) {
        retired.add(new Retired(secret, vaulted.clock().nanos() + ECHO.toNanos()));
    }

    /** Takes values out of the store, for all or for one run. */
    private final class Taking implements Origin {
        private final @Nullable RunCredentials run;

        Taking(@Nullable RunCredentials run) {
            this.run = run;
        }

        @Override
        public Reading read(CredentialReference reference) throws SecretStoreFailed {
            if (!vaulted.fence().admits(reference)) {
                throw new SecretStoreFailed(Kind.FORBIDDEN, "it lies where this mode may not read");
            }
            if (run != null) {
                return vaulted.store().read(reference.source(), run.grant());
            }
            if (reference.source().engine() != Engine.DYNAMIC) {
                return vaulted.store().read(reference.source(), null);
            }
            takePlace();
            boolean leased = false;
            try {
                Reading reading = vaulted.store().read(reference.source(), null);
                leased = reading.lease() != null;
                return reading;
            } finally {
                if (!leased) {
                    vaulted.leases().release();
                }
            }
        }

        /** What a run takes ends with its identity, which is noted already. */
        @Override
        public void keep(CredentialReference reference, Reading reading) throws SecretStoreFailed {
            try {
                SecretStore.Lease lease = reading.lease();
                if (lease != null && run == null) {
                    note(reference, lease.id(), lease.time());
                }
                requireStrong(reference, reading);
            } catch (SecretStoreFailed failed) {
                retire(reading);
                throw failed;
            }
            reading.fields().forEach((name, secret) -> {
                if (SecretStrength.suffices(secret.reveal())) {
                    scrubber.add(secret);
                }
            });
        }

        private void requireStrong(CredentialReference reference, Reading reading) throws SecretStoreFailed {
            for (String field : fields(reference.inject())) {
                Secret secret = reading.fields().get(field);
                if (secret == null) {
                    throw new SecretStoreFailed(Kind.MISSING, "what lies there has no field `" + field + "`");
                }
                if (!NAMES_OF_USERS.contains(field) && !SecretStrength.suffices(secret.reveal())) {
                    throw new SecretStoreFailed(
                            Kind.REFUSED,
                            "field `" + field + "` is too short or too plain to be kept out of what comes back");
                }
            }
        }

        @Override
        public Duration renew(CredentialReference reference, String lease, Duration wanted) throws SecretStoreFailed {
            Duration given = vaulted.store().renew(lease, wanted);
            if (run == null) {
                note(reference, lease, given);
            }
            return given;
        }

        /** For longer than it lives: one that is taken back twice does no harm, one that is forgotten may. */
        private void note(CredentialReference reference, String lease, Duration time) throws SecretStoreFailed {
            Duration longer = time.compareTo(vaulted.longest()) > 0 ? time : vaulted.longest();
            vaulted.ledger().issued(new Issued.Leased(lease), new Owner(environment, reference.name()), longer);
        }

        @Override
        public void retire(Reading reading) {
            reading.fields().values().forEach(EnvironmentCredentials.this::retire);
            SecretStore.Lease lease = reading.lease();
            if (run == null && lease != null) {
                vaulted.revocations().add(new Issued.Leased(lease.id()));
                vaulted.leases().release();
            }
        }
    }

    static List<String> fields(Injection injection) {
        return switch (injection) {
            case Injection.Header header -> List.of(header.field());
            case Injection.Argument argument -> List.of(argument.field());
            case Injection.FileSet files -> List.copyOf(files.fields().values());
            case Injection.Variables variables -> List.copyOf(variables.fields().values());
        };
    }
}
