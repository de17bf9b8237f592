package dev.stepgate.gateway.credential;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Time as leases count it: monotonic, so that nobody's setting of a clock makes a value last longer.
 *
 * @param staleMax how long a value without a lease counts after it was last read
 */
record Clockwork(LongSupplier source, RandomGenerator random, Duration staleMax) {

    long nanos() {
        return source.getAsLong();
    }

    /** About this long, so that not everything is read again at once. */
    long around(Duration time, double part) {
        return (long) (time.toNanos() * (1 - part + 2 * part * random.nextDouble()));
    }
}
