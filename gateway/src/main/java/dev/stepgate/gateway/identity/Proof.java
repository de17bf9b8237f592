package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.identity.token.VerifiedToken;

/** What a caller shows to say who it is. */
public sealed interface Proof {

    /**
     * Nothing but where it comes from.
     *
     * @param loopback whether its address is one of this machine's own
     */
    record Peer(boolean loopback) implements Proof {}

    /**
     * An {@code Authorization} field, as it came. Where no issuer is configured it says nothing, and the peer counts.
     *
     * @param credentials its value
     */
    record Authorization(String credentials, boolean loopback) implements Proof {
        @Override
        public String toString() {
            return "Authorization[***]";
        }
    }

    /** A token that was verified a moment ago. Only the {@link Authenticator} makes one. */
    final class Recognised implements Proof {
        private final VerifiedToken token;

        Recognised(VerifiedToken token) {
            this.token = token;
        }

        VerifiedToken token() {
            return token;
        }
    }

    /** Credentials where they must not be, or twice: in the query, in two fields (RFC 6750, section 2). */
    record Unclear() implements Proof {}

    /** A capability that was found in the request's path; it alone decides. */
    record Capability(EpisodeCapabilities.Grant grant) implements Proof {}
}
