package dev.stepgate.client;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** From an OpenEnv base URL to that of its socket. */
final class SocketUrl {
    private SocketUrl() {}

    /** Messages quote nothing: the path may hold a capability. */
    static URI of(URI base) {
        String scheme = scheme(base.getScheme());
        if (base.getRawQuery() != null || base.getRawFragment() != null || base.getRawUserInfo() != null) {
            throw new IllegalArgumentException("a base URL has no query, no fragment and no user");
        }
        if (base.getRawAuthority() == null) {
            throw new IllegalArgumentException("a base URL names a host");
        }
        String path = base.getRawPath().replaceFirst("/+$", "");
        return URI.create(scheme + "://" + base.getRawAuthority() + path + "/ws");
    }

    private static String scheme(@Nullable String scheme) {
        return switch (scheme == null ? "" : scheme.toLowerCase(java.util.Locale.ROOT)) {
            case "http", "ws" -> "ws";
            case "https", "wss" -> "wss";
            default -> throw new IllegalArgumentException("a base URL begins with http, https, ws or wss");
        };
    }
}
