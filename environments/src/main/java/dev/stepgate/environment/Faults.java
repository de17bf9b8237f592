package dev.stepgate.environment;

import java.time.Duration;

/**
 * What goes wrong on purpose in training, so that training sees what production does. Each share is the part of all calls, from 0
 * to 1.
 *
 * @param seed chooses which calls, together with the run's own seed
 * @param delayed the share of calls that take longer
 * @param shortest by how much at least
 * @param longest by how much at most
 * @param timeout the share that gets no answer in time
 * @param environmentError the share at which the upstream is lost
 * @param toolError the share that the tool answers with an error of its own
 */
public record Faults(
        long seed,
        double delayed,
        Duration shortest,
        Duration longest,
        double timeout,
        double environmentError,
        double toolError) {
    public static final Faults NONE = new Faults(0, 0, Duration.ZERO, Duration.ZERO, 0, 0, 0);
}
