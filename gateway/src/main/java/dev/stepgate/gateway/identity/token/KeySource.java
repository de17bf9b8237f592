package dev.stepgate.gateway.identity.token;

import java.io.IOException;

/** Where an issuer's key set comes from. Thread-safe. */
@FunctionalInterface
public interface KeySource {

    /**
     * Fetches the set as it is now. Blocks for at most three seconds.
     *
     * @throws IOException when it cannot be had; the message names no secret
     */
    byte[] fetch() throws IOException, InterruptedException;
}
