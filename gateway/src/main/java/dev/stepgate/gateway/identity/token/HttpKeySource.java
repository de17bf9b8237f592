package dev.stepgate.gateway.identity.token;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A key set over HTTPS, from where it is configured to be or where the issuer's own metadata says. No redirects; a set at
 * another host than the issuer's must be configured. In clear text from this machine alone.
 */
public final class HttpKeySource implements KeySource {
    private static final Duration WITHIN = Duration.ofSeconds(3);

    /** OpenID Connect Discovery appends, RFC 8414 inserts. */
    private static final List<String> DOCUMENTS =
            List.of("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server");

    private final HttpClient http;
    private final Issuer issuer;

    /** @param http without redirects; shared by all issuers */
    public HttpKeySource(HttpClient http, Issuer issuer) {
        this.http = http;
        this.issuer = issuer;
        URI url = issuer.keysUrl();
        requireSafe(url == null ? URI.create(issuer.url()) : url);
    }

    /** A client that follows no redirect and connects within three seconds. */
    public static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(WITHIN)
                .build();
    }

    @Override
    public byte[] fetch() throws IOException, InterruptedException {
        long end = System.nanoTime() + WITHIN.toNanos();
        URI keys = issuer.keysUrl();
        return get(keys == null ? discover(end) : keys, end);
    }

    private URI discover(long end) throws IOException, InterruptedException {
        URI base = URI.create(issuer.url());
        String appended = issuer.url().replaceFirst("/$", "") + DOCUMENTS.getFirst();
        String path = base.getRawPath() == null ? "" : base.getRawPath().replaceFirst("/$", "");
        byte[] document;
        try {
            document = get(URI.create(appended), end);
        } catch (IOException absent) {
            document = get(base.resolve(DOCUMENTS.getLast() + path), end);
        }
        try {
            JsonNode metadata = StrictJson.parse(document);
            URI keys = URI.create(metadata.path("jwks_uri").asText(""));
            if (!issuer.url().equals(metadata.path("issuer").asText())) {
                throw new IOException("the issuer's metadata names another issuer");
            }
            if (!origin(keys).equals(origin(base))) {
                throw new IOException("the issuer's keys are at another host: set `keys-url`");
            }
            return keys;
        } catch (JsonProblem | IllegalArgumentException malformed) {
            throw new IOException("the issuer's metadata cannot be read");
        }
    }

    private byte[] get(URI url, long end) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("Accept", "application/json, application/jwk-set+json")
                .build();
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), KeySet.MAX_BYTES));
        try {
            HttpResponse<byte[]> got = answer.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (got.statusCode() != 200) {
                throw new IOException("the issuer answered with status " + got.statusCode());
            }
            return got.body();
        } catch (TimeoutException slow) {
            answer.cancel(true);
            throw new IOException("the issuer did not answer within " + WITHIN.toSeconds() + " s");
        } catch (ExecutionException failed) {
            throw new IOException("the issuer cannot be reached, or its answer is longer than 64 KiB");
        }
    }

    private static String origin(URI url) {
        return (url.getScheme() + "://" + url.getRawAuthority()).toLowerCase(Locale.ROOT);
    }

    private static void requireSafe(URI url) {
        String host = url.getHost();
        boolean secure = "https".equalsIgnoreCase(url.getScheme());
        boolean plain = "http".equalsIgnoreCase(url.getScheme());
        if (host == null || !(secure || (plain && isThisMachine(host)))) {
            throw new IllegalArgumentException(
                    "issuer `" + url + "` must begin with https:// (http:// is for an issuer on this machine)");
        }
    }

    private static boolean isThisMachine(String host) {
        if (host.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
        } catch (IllegalArgumentException name) {
            return false;
        }
    }
}
