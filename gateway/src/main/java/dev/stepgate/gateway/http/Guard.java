package dev.stepgate.gateway.http;

import dev.stepgate.gateway.identity.Resources;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is refused before anything looks at a request: targets that two readers could take for different paths, foreign
 * hosts and foreign origins (DNS rebinding). Immutable.
 */
final class Guard {
    /** Encoded separators and semicolons, back-slashes, empty and dot segments. */
    private static final Pattern AMBIGUOUS = Pattern.compile("(?i)%2f|%5c|%3b|%2e|%00|;|\\\\|//|/\\.{1,2}(/|$)|#");

    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final boolean anyHost;
    private final Set<String> hosts;

    /** @param anyHost whether callers may name any host, because they come from other machines without proof anyway */
    Guard(boolean anyHost, List<String> allowedHosts) {
        this.anyHost = anyHost;
        this.hosts = Set.copyOf(allowedHosts);
    }

    /** The refusal of a request, or empty where it may go on. */
    Optional<Answer> refuse(HttpServerRequest request) {
        String path = request.path();
        // A target that names an authority goes before the Host field (RFC 9112, section 3.2.2): one of them would be
        // unchecked.
        if (path == null
                || !request.uri().startsWith("/")
                || AMBIGUOUS.matcher(path).find()) {
            return Optional.of(Answer.error(400, "ambiguous_path", "the path is not in its plain form"));
        }
        String coding = request.getHeader("Transfer-Encoding");
        if (coding != null && !coding.equals("chunked")) {
            return Optional.of(Answer.error(400, "ambiguous_body", "the only transfer coding is `chunked`"));
        }
        List<String> host = request.headers().getAll("Host");
        if (host.size() != 1 || (!anyHost && !isAllowed(withoutPort(host.getFirst())))) {
            return Optional.of(Answer.error(403, "foreign_host", "this gateway is not called by that name"));
        }
        // Public metadata is for every page's scripts to read.
        if (path.startsWith("/" + Resources.WELL_KNOWN + "/")) {
            return Optional.empty();
        }
        List<String> origins = request.headers().getAll("Origin");
        if (origins.size() > 1 || (origins.size() == 1 && !isAllowedOrigin(origins.getFirst()))) {
            return Optional.of(Answer.empty(403));
        }
        return Optional.empty();
    }

    private boolean isAllowedOrigin(String origin) {
        int scheme = origin.indexOf("://");
        boolean web = origin.startsWith("http://") || origin.startsWith("https://");
        return web && isAllowed(withoutPort(origin.substring(scheme + 3)));
    }

    private boolean isAllowed(String host) {
        return LOCAL_NAMES.contains(host) || hosts.contains(host);
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean port = colon > 0
                && colon > authority.lastIndexOf(']')
                && authority.substring(colon + 1).chars().allMatch(Character::isDigit);
        return (port ? authority.substring(0, colon) : authority).toLowerCase(java.util.Locale.ROOT);
    }
}
