package dev.stepgate.gateway.identity.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.identity.token.TokenRefused.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the claims of a token whose signature is good, and refuses what is missing, of the wrong form or out of its time. */
final class Claims {
    private static final int MAX_NAME = 255;
    private static final int MAX_AUDIENCES = 64;

    /** Beyond this an instant is no date, and its arithmetic overflows. */
    private static final long LAST_SECOND = 253_402_300_799L;

    private final ObjectNode claims;

    Claims(ObjectNode claims) {
        this.claims = claims;
    }

    /** Checks {@code exp}, {@code nbf} and {@code iat}, and gives {@code exp}. */
    Instant lifetime(Instant now, Duration skew, Duration longest) {
        Instant expires = instant("exp");
        if (expires == null) {
            throw new TokenRefused(Reason.CLAIMS);
        }
        Instant begins = instant("nbf");
        Instant issued = instant("iat");
        Instant latest = now.plus(skew);
        boolean early = (begins != null && begins.isAfter(latest)) || (issued != null && issued.isAfter(latest));
        boolean late = !now.isBefore(expires.plus(skew));
        // Without a time of issue the longest life is counted from now.
        Instant from = issued == null ? latest : issued;
        if (early || late || expires.isAfter(from.plus(longest))) {
            throw new TokenRefused(Reason.TIME);
        }
        return expires;
    }

    String subject() {
        String subject = text("sub");
        if (subject == null || subject.isBlank() || subject.length() > MAX_NAME) {
            throw new TokenRefused(Reason.CLAIMS);
        }
        return subject;
    }

    @Nullable
    String client() {
        String client = text("client_id");
        return client == null ? text("azp") : client;
    }

    /** At least one; an array whose items are not all strings is refused rather than read in part. */
    Set<String> audiences() {
        Set<String> audiences = new LinkedHashSet<>();
        for (String audience : strings(claims.path("aud"), Split.WHOLE)) {
            audiences.add(normal(audience));
        }
        if (audiences.isEmpty() || audiences.size() > MAX_AUDIENCES) {
            throw new TokenRefused(Reason.CLAIMS);
        }
        return audiences;
    }

    Set<String> scopes() {
        JsonNode scope = claims.path("scope");
        return strings(scope.isMissingNode() ? claims.path("scp") : scope, Split.AT_SPACES);
    }

    Set<String> roles(@Nullable String path) {
        JsonNode node = claims;
        if (path == null) {
            return Set.of();
        }
        // A claim whose own name holds dots, as URLs do, comes before a path.
        JsonNode whole = claims.path(path);
        for (String part : whole.isMissingNode() ? List.of(path.split("\\.", -1)) : List.<String>of()) {
            node = node.path(part);
        }
        return strings(whole.isMissingNode() ? node : whole, Split.AT_SPACES);
    }

    @Nullable
    String text(String name) {
        JsonNode value = claims.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw new TokenRefused(Reason.CLAIMS);
        }
        return value.textValue();
    }

    void require(Set<String> names) {
        for (String name : names) {
            if (!claims.hasNonNull(name)) {
                throw new TokenRefused(Reason.CLAIMS);
            }
        }
    }

    private enum Split {
        WHOLE,
        AT_SPACES
    }

    private static Set<String> strings(JsonNode value, Split split) {
        if (value.isMissingNode() || value.isNull()) {
            return Set.of();
        }
        if (value.isTextual()) {
            return split == Split.WHOLE
                    ? Set.of(value.textValue())
                    : new LinkedHashSet<>(List.of(value.textValue().strip().split(" +")));
        }
        if (!value.isArray()) {
            throw new TokenRefused(Reason.CLAIMS);
        }
        Set<String> all = new LinkedHashSet<>();
        for (JsonNode item : value) {
            if (!item.isTextual()) {
                throw new TokenRefused(Reason.CLAIMS);
            }
            all.add(item.textValue());
        }
        return all;
    }

    private @Nullable Instant instant(String name) {
        JsonNode value = claims.path(name);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.isNumber() || value.doubleValue() < 0 || value.doubleValue() > LAST_SECOND) {
            throw new TokenRefused(Reason.CLAIMS);
        }
        return Instant.ofEpochSecond(value.longValue());
    }

    /** Scheme and host in lower case, and nothing else: a trailing slash makes another resource (RFC 8707, RFC 9728). */
    static String normal(String url) {
        int authority = url.indexOf("://");
        if (authority < 0) {
            return url;
        }
        int path = url.indexOf('/', authority + 3);
        int end = path < 0 ? url.length() : path;
        return url.substring(0, end).toLowerCase(Locale.ROOT) + url.substring(end);
    }
}
