package dev.stepgate.gateway.credential;

import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.gateway.credential.EnvironmentCredentials.Vaulted;
import dev.stepgate.tool.Credential;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Chooses the credential for a call by its upstream and tool, holds the values, and takes back what was issued. A call asks the
 * store for nothing unless nothing is held. Thread-safe.
 */
public final class CredentialBroker implements AutoCloseable {
    private final Vaulted vaulted;
    private final Map<String, EnvironmentCredentials> environments = new ConcurrentHashMap<>();

    /**
     * @param staleMax how long a value without a lease counts while the store is silent
     * @param longest how long what is made for an episode lives at most
     * @param mostLeases that may live at once
     */
    public record Terms(boolean isProduction, Duration staleMax, Duration longest, int mostLeases) {}

    /** @param store is closed with this */
    public CredentialBroker(
            SecretStore store,
            ModeFence fence,
            LeaseLedger ledger,
            Terms terms,
            LongSupplier nanos,
            RandomGenerator random) {
        Clockwork clock = new Clockwork(nanos, random, terms.staleMax());
        this.vaulted = new Vaulted(
                store,
                fence,
                ledger,
                new Revocations(store, ledger, clock),
                clock,
                new Semaphore(terms.mostLeases()),
                terms.isProduction(),
                terms.longest());
    }

    /** What a run of this environment has of credentials. Closed with the run. */
    public RunCredentials open(EnvironmentManifest manifest) {
        return environments
                .computeIfAbsent(manifest.name(), _ -> new EnvironmentCredentials(manifest, vaulted))
                .open();
    }

    /**
     * Attaches what the call needs.
     *
     * @throws dev.stepgate.tool.Refusal {@code credential.unavailable}, or {@code args.schema} for a call that brings an argument
     *     which a credential fills; the call must not be made then
     */
    public CredentialedCall attach(AuthorizedCall authorized, RunCredentials run) {
        String upstream = authorized.upstream();
        String tool = authorized.tool().descriptor().name();
        run.requireUnfilled(upstream, tool, authorized.incoming().call().arguments());
        Credential credential = run.ofCall(upstream, tool, authorized.credential());
        return new CredentialedCall(
                authorized,
                credential,
                run.uses(upstream, tool, authorized.credential()),
                () -> run.again(upstream, tool, authorized.credential(), credential));
    }

    /** Reads again what is due, takes back what is owed. Called every second or so, by a thread that may wait. */
    public void sweep() {
        environments.values().forEach(EnvironmentCredentials::sweep);
        vaulted.revocations().sweep();
    }

    /** Issued things that are still to be taken back. */
    public int revocationsPending() {
        return vaulted.revocations().waiting();
    }

    /** Identities and leases that live now. */
    public int leasesLive() {
        return vaulted.ledger().live().size();
    }

    /** A text without the credentials of any environment, for logs. */
    public String scrubbed(String text) {
        String clean = text;
        for (EnvironmentCredentials environment : environments.values()) {
            clean = environment.scrubber().text(clean);
        }
        return clean;
    }

    /** What was taken out of what came back, in all environments. */
    public long scrubHits() {
        return environments.values().stream()
                .mapToLong(environment -> environment.scrubber().hits())
                .sum();
    }

    /** Takes back everything, as far as the store answers; the rest is in the ledger for the next start. */
    @Override
    public void close() {
        environments.values().forEach(EnvironmentCredentials::close);
        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        while (vaulted.revocations().waiting() > 0 && System.nanoTime() - end < 0) {
            vaulted.revocations().sweep();
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(20).toNanos());
        }
        vaulted.store().close();
        try {
            vaulted.ledger().close();
        } catch (java.io.IOException left) {
            // Everything in it was forced to disk when it was written.
        }
    }
}
