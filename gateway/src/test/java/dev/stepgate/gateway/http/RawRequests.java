package dev.stepgate.gateway.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests that two readers could take for different ones, or for more than one. None shows a token, and each means a route
 * that needs one; what a reader that is led astray would find inside or behind them is a request that anybody may make.
 */
final class RawRequests {
    private static final String HIDDEN = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String HEAD = "POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\n";
    private static final String GET = "GET /envs/echo/schema HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    private final Map<String, String> requests = new LinkedHashMap<>();

    private RawRequests() {}

    static Map<String, String> all() {
        RawRequests all = new RawRequests();
        all.transferEncodings();
        all.chunks();
        all.lengths();
        all.fields();
        all.requestLines();
        all.paths();
        all.hosts();
        all.credentials();
        all.upgrades();
        return all.requests;
    }

    /** What RFC 9112 reads as two requests, however odd the first: a folded line is a part of the one before it. */
    static List<String> pairs() {
        return List.of(
                HEAD + "X: y\r\n Content-Length: " + HIDDEN.length() + "\r\n\r\n" + HIDDEN,
                HEAD + "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
                HEAD + "Content-Length: 2\r\n\r\n{}" + HIDDEN);
    }

    private void add(String name, String request) {
        requests.put(requests.size() + " " + name, request);
    }

    private void transferEncodings() {
        for (String field : List.of(
                "Transfer-Encoding: chunked",
                "transfer-encoding: chunked",
                "TRANSFER-ENCODING: CHUNKED",
                "Transfer-Encoding: Chunked",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding:chunked",
                "Transfer-Encoding:\tchunked",
                "Transfer-Encoding:  chunked  ",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: \u000cchunked",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunkedx",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked, gzip",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: identity, chunked",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: ,chunked",
                "Transfer-Encoding: chunked,",
                "Transfer-Encoding:",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding\u0000: chunked",
                "X: y\rTransfer-Encoding: chunked",
                "X: y\nTransfer-Encoding: chunked",
                "Transfer-Encoding:\r\n chunked")) {
            String body = "0\r\n\r\n" + HIDDEN;
            add(
                    field + " behind a length",
                    HEAD + "Content-Length: " + body.length() + "\r\n" + field + "\r\n\r\n" + body);
            add(field + " before a length", HEAD + field + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            add(field + " with a short length", HEAD + field + "\r\nContent-Length: 4\r\n\r\n" + body);
            add(
                    field + " in HTTP/1.0",
                    HEAD.replace("1.1", "1.0") + field + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }
    }

    private void chunks() {
        for (String body : List.of(
                "0;x=y\r\n\r\n",
                "0;\r\n\r\n",
                "0 \r\n\r\n",
                "00\r\n\r\n",
                "0x0\r\n\r\n",
                "-0\r\n\r\n",
                "+0\r\n\r\n",
                "0\n\n",
                "0\r\r\n\n",
                "\r\n0\r\n\r\n",
                "0\r\nX: y\r\n\r\n",
                "0\r\nContent-Length: 50\r\n\r\n",
                "0\r\nTransfer-Encoding: x\r\n\r\n",
                "2\r\n{}\r\n0\r\n\r\n",
                "2\r\n{}0\r\n\r\n",
                "2\n{}\n0\n\n",
                "2;a=\"\r\n0\r\n\r\n\"\r\n{}\r\n0\r\n\r\n",
                "ffffffffffffffff\r\n{}",
                "100000000\r\n{}",
                "g\r\n{}\r\n0\r\n\r\n",
                "2\r\n{}\r\n",
                "\u00e92\r\n{}\r\n0\r\n\r\n",
                "0\r\n: x\r\n\r\n",
                "0\r\n x\r\n\r\n",
                "0;" + "x".repeat(9_000) + "\r\n\r\n")) {
            add(
                    "chunk " + body.substring(0, Math.min(12, body.length())),
                    HEAD + "Transfer-Encoding: chunked\r\n\r\n" + body + HIDDEN);
        }
    }

    private void lengths() {
        int full = HIDDEN.length();
        for (String fields : List.of(
                "Content-Length: 0\r\nContent-Length: " + full,
                "Content-Length: " + full + "\r\nContent-Length: 0",
                "Content-Length: " + full + "\r\ncontent-length: 0",
                "Content-Length: " + full + ", 0",
                "Content-Length: 0, " + full,
                "Content-Length: " + full + "," + full,
                "Content-Length: +" + full,
                "Content-Length: -" + full,
                "Content-Length: 0x2f",
                "Content-Length: " + full + ".0",
                "Content-Length: " + full + "e0",
                "Content-Length: " + full + " 0",
                "Content-Length: 0 " + full,
                "Content-Length:",
                "Content-Length: x",
                "Content-Length: \u000b" + full,
                "Content-Length: 99999999999999999999",
                "Content-Length: 18446744073709551616",
                "Content-Length: 4294967296",
                "Content-Length : " + full,
                "Content-Length\t: " + full,
                " Content-Length: " + full,
                "Content-Length: \r\n " + full,
                "X: y\rContent-Length: " + full,
                "Content-Length: " + full + "\u0000",
                "Content_Length: 0\r\nContent-Length: " + full,
                "\u00bd: x\r\nContent-Length: " + full)) {
            add(fields.replaceAll("\\s+", " "), HEAD + fields + "\r\n\r\n" + HIDDEN);
        }
        add(
                "a body behind a GET",
                "GET /envs/echo/schema HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + full + "\r\n\r\n" + HIDDEN);
        add(
                "a body behind a HEAD",
                "HEAD /envs/echo/schema HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + full + "\r\n\r\n" + HIDDEN);
        add(
                "a body behind a DELETE",
                "DELETE /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + full + "\r\n\r\n" + HIDDEN);
        add(
                "a body behind an OPTIONS",
                "OPTIONS /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + full + "\r\n\r\n" + HIDDEN);
        add("waiting for 100", HEAD + "Expect: 100-continue\r\nContent-Length: " + full + "\r\n\r\n" + HIDDEN);
        add("an unknown expectation", HEAD + "Expect: 200-ok\r\nContent-Length: " + full + "\r\n\r\n" + HIDDEN);
    }

    private void fields() {
        for (String field : List.of(
                "X: a\r\n b",
                "X: a\r\n\tb",
                "X:\r\n b",
                "Authorization: Bearer\r\n x",
                "X : y",
                "X\t: y",
                ": y",
                "X",
                "X y",
                "\u0000: y",
                "X: \u0000",
                "X: a\u0000b",
                "X: a\u0001b",
                "X: a\u007fb",
                "X\u0001: y",
                "X\r: y",
                "X: a\rb",
                "X: a\nb",
                "(x): y",
                "X@: y",
                "X[]: y",
                "\"X\": y",
                "X\u00e9: y",
                "X: \u00e9",
                " X: y",
                "\tX: y",
                "X: " + "y".repeat(40_000),
                "x".repeat(40_000) + ": y",
                "Connection: close, Host",
                "Connection: Authorization",
                "Keep-Alive: x",
                "Proxy-Connection: keep-alive",
                "TE: trailers",
                "Trailer: Content-Length",
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-Host: localhost",
                "X-Forwarded-Proto: https",
                "Forwarded: for=127.0.0.1",
                "X-Original-URL: /health",
                "X-Rewrite-URL: /health",
                "X-HTTP-Method-Override: GET",
                "X-Real-IP: 127.0.0.1",
                "X-Forwarded-Prefix: /health",
                "Via: 1.1 x",
                "Max-Forwards: 0",
                "Range: bytes=0-1",
                "Cookie: Authorization=Bearer x",
                "Sec-Fetch-Site: none",
                "Content-Encoding: gzip",
                "Accept-Encoding: gzip")) {
            add("field " + field.substring(0, Math.min(30, field.length())), GET + field + "\r\n\r\n");
        }
        StringBuilder many = new StringBuilder(GET);
        for (int i = 0; i < 3_000; i++) {
            many.append("X-").append(i).append(": ").append(i).append("\r\n");
        }
        add("three thousand fields", many + "\r\n");
        add("line feeds alone", GET.replace("\r\n", "\n") + "\n");
        add("carriage returns alone", GET.replace("\r\n", "\r") + "\r");
    }

    private void requestLines() {
        String rest = "Host: localhost\r\nConnection: close\r\n\r\n";
        for (String line : List.of(
                "get /envs/echo/schema HTTP/1.1",
                "GeT /envs/echo/schema HTTP/1.1",
                "GET  /envs/echo/schema HTTP/1.1",
                "GET\t/envs/echo/schema\tHTTP/1.1",
                " GET /envs/echo/schema HTTP/1.1",
                "GET /envs/echo/schema  HTTP/1.1",
                "GET /envs/echo/schema HTTP/1.1 ",
                "GET /envs/echo/schema",
                "GET /envs/echo/schema HTTP/0.9",
                "GET /envs/echo/schema HTTP/1.2",
                "GET /envs/echo/schema HTTP/2.0",
                "GET /envs/echo/schema HTTP/3",
                "GET /envs/echo/schema http/1.1",
                "GET /envs/echo/schema HTTP/11",
                "GET /envs/echo/schema HTTP/1.1.1",
                "GET /envs/echo/schema ICAP/1.0",
                "GET /envs/echo/schema\u0000 HTTP/1.1",
                "GET /envs/echo/sch ema HTTP/1.1",
                "G\u0000ET /envs/echo/schema HTTP/1.1",
                "GET\u00a0/envs/echo/schema HTTP/1.1",
                "FOO /envs/echo/schema HTTP/1.1",
                "TRACE /envs/echo/schema HTTP/1.1",
                "CONNECT /envs/echo/schema HTTP/1.1",
                "CONNECT localhost:80 HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "GET * HTTP/1.1",
                "GET localhost/envs/echo/schema HTTP/1.1",
                "GET http://localhost/envs/echo/schema HTTP/1.1",
                "GET http://localhost/health HTTP/1.1",
                "GET HTTP://LOCALHOST/health HTTP/1.1",
                "GET http://evil.example/health HTTP/1.1",
                "GET http:///health HTTP/1.1",
                "GET http:/health HTTP/1.1",
                "GET //health HTTP/1.1",
                "GET ///health HTTP/1.1",
                "GET /\\health HTTP/1.1",
                "GET \\health HTTP/1.1",
                "GET file:///etc/passwd HTTP/1.1",
                "GET ?x HTTP/1.1",
                "GET #x HTTP/1.1",
                "GET health HTTP/1.1",
                "PRI * HTTP/2.0",
                "POST /envs/echo/mcp?x=/health HTTP/1.1",
                "GET /envs/echo/schema?access_token=x HTTP/1.1",
                "GET /envs/echo/schema?a=b?c=/../health HTTP/1.1",
                "GET /envs/echo/schema#/health HTTP/1.1",
                "GET /" + "a".repeat(9_000) + " HTTP/1.1")) {
            add("line " + line.substring(0, Math.min(40, line.length())), line + "\r\n" + rest);
        }
    }

    /** Every encoding of every separator at every place of a protected path. */
    private void paths() {
        String rest = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        String path = "/envs/echo/schema";
        for (String piece : List.of(
                "%2f",
                "%2F",
                "%5c",
                "%5C",
                "%3b",
                "%3B",
                "%2e",
                "%2E",
                "%00",
                "%252f",
                ";",
                ";x=y",
                "\\",
                "//",
                "/./",
                "/../",
                "/..;/",
                "%c0%af",
                "%u002f",
                "%",
                "%g0",
                "%2",
                "\u00e9",
                "%e2%80%ae",
                "%0d%0a",
                "%20",
                "\u007f")) {
            for (int at : new int[] {1, 5, 6, 10, path.length()}) {
                add("path " + piece + " at " + at, "GET " + path.substring(0, at) + piece + path.substring(at) + rest);
            }
        }
        for (String other : List.of(
                "/ENVS/echo/schema",
                "/Envs/Echo/Schema",
                "/envs/ECHO/schema",
                "/health/../envs/echo/schema",
                "/health/%2e%2e/envs/echo/schema",
                "/health;/envs/echo/schema",
                "/health/..;/envs/echo/schema",
                "/q/health/live/../../metrics",
                "/q/health/live;/../metrics",
                "/q//metrics",
                "/q/metrics;x",
                "/q/metrics/",
                "/Q/metrics",
                "/%71/metrics",
                "/q%2fmetrics",
                "/q/./metrics",
                "/q/metrics?",
                "/q/metrics",
                "/q",
                "/q/",
                "/q/health",
                "/q/dev",
                "/q/dev-ui",
                "/q/openapi",
                "/q/arc",
                "/q/info",
                "/e/",
                "/e/x",
                "/e/x/mcp",
                "/e//mcp",
                "/.well-known/../envs/echo/schema",
                "/.well-known/oauth-protected-resource/../../envs/echo/schema",
                "/.well-known/",
                "/.well-known",
                "/envs/echo/mcp/",
                "/envs/echo/mcp/..",
                "/envs",
                "/envs/",
                "/episodes",
                "/episodes/",
                "/episodes/x/trajectory",
                "/episodes//trajectory")) {
            add("path " + other, "GET " + other + rest);
        }
    }

    private void hosts() {
        for (String host : List.of(
                "Host: evil.example",
                "Host: localhost.evil.example",
                "Host: evil.example:8000",
                "Host: localhost@evil.example",
                "Host: evil.example#localhost",
                "Host: 127.0.0.1.evil.example",
                "Host: 0.0.0.0",
                "Host: [::]",
                "Host: 2130706433",
                "Host: 127.1",
                "Host:",
                "Host: ",
                "Host: localhost, evil.example",
                "Host: localhost evil.example",
                "Host: localhost\r\nHost: evil.example",
                "Host: evil.example\r\nHost: localhost",
                "Host: localhost\r\nHost: localhost",
                "Host: localhost:x",
                "Host: localhost/health",
                "Host : localhost",
                "X: y",
                "Host: localhost\r\n .evil.example",
                "Host: localhost\u0000.evil.example",
                "Host: localhost\r\nOrigin: https://evil.example",
                "Host: localhost\r\nOrigin: null",
                "Host: localhost\r\nOrigin: http://localhost.evil.example",
                "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://localhost",
                "Host: localhost\r\nOrigin: file://localhost")) {
            add(
                    host.replaceAll("\\s+", " "),
                    "GET /envs/echo/schema HTTP/1.1\r\n" + host + "\r\nConnection: close\r\n\r\n");
        }
    }

    private void credentials() {
        for (String field : List.of(
                "Authorization:",
                "Authorization: Bearer",
                "Authorization: Bearer ",
                "Authorization: bearer x",
                "Authorization: Bearer  x",
                "Authorization: Bearer x y",
                "Authorization: Bearer x\r\nAuthorization: Bearer x",
                "Authorization: Bearer x, Bearer y",
                "Authorization: Basic YTpi",
                "Authorization: DPoP x",
                "Authorization: Negotiate x",
                "Authorization: Bearer\tx",
                "Authorization: Bearer \u0000",
                "Authorization: Bearer \u00e9",
                "Proxy-Authorization: Bearer x",
                "Authorization : Bearer x",
                "Authorization: Bearer e30.e30.e30",
                "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
                "Authorization: null",
                "Authorization: undefined",
                "Authorization: Bearer null",
                "Authorization: Bearer " + "x".repeat(9_000))) {
            add(field.substring(0, Math.min(40, field.length())), GET + field + "\r\n\r\n");
        }
    }

    private void upgrades() {
        String key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
        for (String path : List.of(
                "/envs/echo/ws",
                "/envs/echo/mcp",
                "/envs/echo/schema",
                "/episodes",
                "/e/x/ws",
                "/health/../envs/echo/ws")) {
            add(
                    "socket " + path,
                    "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + key + "\r\n" + HIDDEN);
        }
        add(
                "h2c",
                "GET /envs/echo/schema HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n");
        add("h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        add(
                "socket with a body",
                "POST /envs/echo/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: "
                        + HIDDEN.length() + "\r\n" + key + "\r\n" + HIDDEN);
    }
}
