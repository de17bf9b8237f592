package dev.stepgate.gateway.identity;

/** What a caller shows to say who it is. */
public sealed interface Proof {

    /**
     * Nothing but where it comes from.
     *
     * @param loopback whether its address is one of this machine's own
     */
    record Peer(boolean loopback) implements Proof {}

    /** A capability that was found in the request's path; it alone decides. */
    record Capability(EpisodeCapabilities.Grant grant) implements Proof {}
}
