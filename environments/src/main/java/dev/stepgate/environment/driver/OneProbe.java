package dev.stepgate.environment.driver;

import dev.stepgate.environment.SandboxDriver.Probe;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a driver holds on this machine, tried once however many ask; who asks meanwhile waits. Thread-safe. */
final class OneProbe {
    private final ReentrantLock probing = new ReentrantLock();
    private @Nullable Probe probe;

    /**
     * The outcome, found now or before.
     *
     * @param missing what the machine lacks, where the driver cannot even be tried
     * @param canary tries it
     */
    Probe get(Supplier<Optional<String>> missing, Supplier<Probe> canary) {
        probing.lock();
        try {
            Probe known = probe;
            if (known == null) {
                known = missing.get().map(reason -> new Probe(Set.of(), reason)).orElseGet(canary);
                probe = known;
            }
            return known;
        } finally {
            probing.unlock();
        }
    }
}
