package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.identity.token.VerifiedToken;
import java.util.Set;

/**
 * What a request is addressed to, as OAuth names it (RFC 8707, RFC 9728).
 *
 * @param path below the public URL, without a leading slash
 * @param audiences the URLs that mean it, of which a token must name one; none where a token for any resource of this gateway
 *     counts, and what may be seen depends on which
 */
public record Resource(Kind kind, String path, Set<String> audiences) {

    /** What there is. */
    public enum Kind {
        /** One environment, at all its faces. */
        ENVIRONMENT,
        /** The control plane of trainers. */
        EPISODES,
        /** The list of environments. */
        CATALOGUE,
        /** Metrics. */
        OPERATIONS
    }

    public Resource {
        audiences = Set.copyOf(audiences);
    }

    /** Whether a token is meant for this resource. Compared whole: a prefix is another resource. */
    boolean isMeantBy(VerifiedToken token, Resources all) {
        return audiences.isEmpty()
                ? token.audiences().stream().anyMatch(all::isOurs)
                : token.audiences().stream().anyMatch(audiences::contains);
    }
}
