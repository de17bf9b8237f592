package dev.stepgate.environment;

import java.util.Set;

/**
 * How the tools of an environment are fenced.
 *
 * @param required what the sandbox must guarantee: the profile's list, unless the manifest replaces it
 */
public record Isolation(Profile profile, Set<Guarantee> required, Limits limits) {
    public Isolation {
        required = Set.copyOf(required);
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
