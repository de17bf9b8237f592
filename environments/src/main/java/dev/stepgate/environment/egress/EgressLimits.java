package dev.stepgate.environment.egress;

import java.time.Duration;

/**
 * What one sandbox may do on its way out.
 *
 * @param connections open at once
 * @param opened over its whole life, the refused ones included
 * @param bytes over its whole life, both directions together
 * @param head time for a request to arrive
 * @param connect time for a name to be resolved, and again for a connection to be opened
 * @param idle silence in both directions
 * @param longest life of one connection
 */
public record EgressLimits(
        int connections, int opened, long bytes, Duration head, Duration connect, Duration idle, Duration longest) {
    public static final EgressLimits DEFAULT = new EgressLimits(
            32,
            10_000,
            1L << 30,
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofMinutes(15));
}
