package dev.stepgate.environment.driver;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Under which user id a sandbox runs. A gateway that is root gives each a number of its own that no account has: root inside
 * would be root outside, and limits on processes count for each user. Another gateway can only give its own. Thread-safe.
 */
final class SandboxUsers {
    private static final int EACH = 60_000;

    private final boolean root = "root".equals(System.getProperty("user.name"));
    private final int first;
    private final AtomicInteger next;

    /** @param first the first of 60,000 ids, of which those that were given out longest ago are given out again */
    SandboxUsers(int first, RandomGenerator random) {
        this.first = first;
        // Two gateways on one machine should not begin with the same.
        this.next = new AtomicInteger(random.nextInt(EACH));
    }

    /** Whether the gateway is root. */
    boolean areApart() {
        return root;
    }

    int next() {
        return first + Math.floorMod(next.getAndIncrement(), EACH);
    }
}
