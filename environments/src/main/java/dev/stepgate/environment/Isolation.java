package dev.stepgate.environment;

import dev.stepgate.environment.egress.Destination;
import java.util.Set;

/**
 * How the tools of an environment are fenced.
 *
 * @param required what the sandbox must guarantee: the profile's list, unless the manifest replaces it
 * @param egress the hosts that it may be let out to, by the gateway's proxy; none: it has no way out
 */
public record Isolation(Profile profile, Set<Guarantee> required, Limits limits, Set<Destination> egress) {
    public Isolation {
        required = Set.copyOf(required);
        egress = Set.copyOf(egress);
    }

    /** Without a way out. */
    public Isolation(Profile profile, Set<Guarantee> required, Limits limits) {
        this(profile, required, limits, Set.of());
    }

    /**
     * What a sandbox may use.
     *
     * @param memoryBytes for each process, or for the whole sandbox where the driver guarantees {@code mem_hard}
     * @param processes processes and threads together
     * @param diskBytes the size of the workspace
     * @param fileBytes the size of one file
     * @param openFiles descriptors of each process
     */
    public record Limits(long memoryBytes, int processes, long diskBytes, long fileBytes, int openFiles) {}
}
