package dev.stepgate.adapter.http;

import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Refusal;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * An MCP session with an upstream, and the request options that all its messages share.
 *
 * @param id as the upstream gave it, or null where it keeps none
 * @param version null until it is negotiated
 * @param options of a POST; shared by all calls and never changed
 */
record HttpSession(
        URI endpoint, @Nullable String id, @Nullable ProtocolVersion version, RequestOptions options) {
    private static final int LONGEST_ID = 1024;

    /** Before {@code initialize}. */
    static HttpSession none(URI endpoint) {
        return new HttpSession(endpoint, null, null, options(endpoint, HttpMethod.POST, null, null));
    }

    /** The same session in a revision that was agreed on, or without one before that. */
    HttpSession speaking(@Nullable ProtocolVersion agreed) {
        return new HttpSession(endpoint, id, agreed, options(endpoint, HttpMethod.POST, id, agreed));
    }

    HttpSession named(@Nullable String newId) {
        if (newId != null && !isVisibleAscii(newId)) {
            throw Refusal.environmentFailed("the upstream sent a session id that is none");
        }
        return new HttpSession(endpoint, newId, version, options(endpoint, HttpMethod.POST, newId, version));
    }

    boolean isStateless() {
        return version != null && version.isStateless();
    }

    RequestOptions options(HttpMethod method) {
        return options(endpoint, method, id, version);
    }

    private static boolean isVisibleAscii(String id) {
        return !id.isEmpty() && id.length() <= LONGEST_ID && id.chars().allMatch(c -> c > 0x20 && c < 0x7F);
    }

    private static RequestOptions options(
            URI endpoint, HttpMethod method, @Nullable String id, @Nullable ProtocolVersion version) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(endpoint.toString())
                .setFollowRedirects(false)
                .putHeader("Accept", "application/json, text/event-stream")
                .putHeader("Content-Type", "application/json");
        if (version != null && version.hasVersionHeader()) {
            options.putHeader("MCP-Protocol-Version", version.wireName());
        }
        if (id != null) {
            options.putHeader("Mcp-Session-Id", id);
        }
        return options;
    }
}
