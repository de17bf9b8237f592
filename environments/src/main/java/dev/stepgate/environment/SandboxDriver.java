package dev.stepgate.environment;

import java.util.Set;

/**
 * Starts sandboxes of one kind. Thread-safe; may be called from virtual threads.
 */
public interface SandboxDriver extends AutoCloseable {

    /** Its name in listings, for example {@code bubblewrap}. */
    String id();

    /** What it was seen to guarantee on this machine. The first call runs a canary, for a few seconds at most. */
    Probe probe();

    /** The folder under which a program inside finds the packages of a spec: {@code {packages}} in a manifest. */
    String packagesFolder(SandboxSpec spec);

    /** Whether two programs that listen on one port are in each other's way. */
    default boolean sharesTheLoopback() {
        return false;
    }

    /**
     * Starts a program.
     *
     * @throws SandboxRefused when it cannot be started; nothing is left running then
     */
    Sandbox start(SandboxSpec spec) throws SandboxRefused;

    /** Ends what the driver itself keeps; sandboxes are ended by their owners. */
    @Override
    void close();

    /**
     * What a probe found.
     *
     * @param guarantees those that held
     * @param missing why there are none, or an empty text: one phrase that names the package or setting to add
     */
    record Probe(Set<Guarantee> guarantees, String missing) {
        public Probe {
            guarantees = Set.copyOf(guarantees);
        }
    }
}
