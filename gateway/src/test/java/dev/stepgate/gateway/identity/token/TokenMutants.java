package dev.stepgate.gateway.identity.token;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.keys.HmacKey;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of which none holds, each one change away from one that does. Grouped by what is attacked; the names are the
 * groups' with a number or what was changed.
 */
public final class TokenMutants {
    private final FakeIssuer issuer;
    private final Map<String, Object> good;
    private final String header;
    private final Map<String, String> mutants = new LinkedHashMap<>();

    private TokenMutants(FakeIssuer issuer, Map<String, Object> good) {
        this.issuer = issuer;
        this.good = good;
        this.header = "{\"alg\":\"RS256\",\"kid\":\"" + issuer.key().getKeyId() + "\"}";
    }

    /**
     * All mutants of a token.
     *
     * @param good claims with which a token of this issuer's holds
     */
    public static Map<String, String> of(FakeIssuer issuer, Map<String, Object> good) {
        TokenMutants all = new TokenMutants(issuer, good);
        all.algorithms();
        all.sharedKeys();
        all.keyIds();
        all.headers();
        all.forms();
        all.encodings();
        all.flips();
        all.issuers();
        all.audiences();
        all.times();
        all.otherClaims();
        all.documents();
        return all.mutants;
    }

    private void add(String name, String token) {
        mutants.put(name + " #" + mutants.size(), token);
    }

    private void algorithms() {
        String[] parts = issuer.token(good).split("\\.", -1);
        for (String algorithm : List.of(
                "\"none\"",
                "\"None\"",
                "\"NONE\"",
                "\"nOnE\"",
                "\"\"",
                "\"RS256 \"",
                "\"rs256\"",
                "\"HS256\"",
                "\"HS384\"",
                "\"HS512\"",
                "\"RS384\"",
                "\"RS512\"",
                "\"PS256\"",
                "\"ES256\"",
                "\"ES256K\"",
                "\"EdDSA\"",
                "\"Ed25519\"",
                "\"RSA-OAEP\"",
                "\"dir\"",
                "null",
                "1",
                "[\"RS256\"]",
                "{}",
                "true")) {
            String changed = FakeIssuer.encode(("{\"alg\":" + algorithm + ",\"kid\":\"first\"}").getBytes(UTF_8));
            add("algorithm " + algorithm, changed + "." + parts[1] + "." + parts[2]);
            add("algorithm without a signature " + algorithm, changed + "." + parts[1] + ".");
            add("algorithm with an empty signature " + algorithm, changed + "." + parts[1] + ".AA");
        }
        add("no algorithm", sign("{\"kid\":\"first\"}", json(good)));
        add("no header", sign("{}", json(good)));
    }

    /** The public key taken for a secret, in every form in which it can be had. */
    private void sharedKeys() {
        PublicJsonWebKey key = issuer.key();
        byte[] encoded = key.getPublicKey().getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded) + "\n-----END PUBLIC KEY-----";
        List<byte[]> secrets = List.of(
                encoded,
                pem.getBytes(UTF_8),
                (pem + "\n").getBytes(UTF_8),
                key.toJson(OutputControlLevel.PUBLIC_ONLY).getBytes(UTF_8),
                "first".getBytes(UTF_8),
                new byte[32]);
        for (byte[] secret : secrets) {
            for (String algorithm : List.of("HS256", "HS384", "HS512")) {
                add(
                        "shared key " + algorithm,
                        FakeIssuer.sign(
                                algorithm,
                                "first",
                                json(good),
                                new HmacKey(Arrays.copyOf(secret, Math.max(64, secret.length)))));
            }
        }
    }

    private void keyIds() {
        PublicJsonWebKey foreign = FakeIssuer.newKey("foreign");
        for (String id : List.of(
                "\"first\"",
                "\"foreign\"",
                "\"\"",
                "\"First\"",
                "\"first \"",
                "\"../../../../dev/null\"",
                "\"/dev/null\"",
                "\"' OR 1=1 --\"",
                "\"http://127.0.0.1:1/keys\"",
                "\"file:///etc/passwd\"",
                "\"first\\u0000\"",
                "null",
                "0",
                "[\"first\"]",
                "{}",
                "\"" + "k".repeat(5_000) + "\"")) {
            add(
                    "foreign key, id " + id.substring(0, Math.min(30, id.length())),
                    FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":" + id + "}", json(good), foreign));
        }
        for (String id : List.of("null", "0", "[\"first\"]", "\"\"", "\"first\\u0000\"", "\"FIRST\"", "\" first\"")) {
            add("own key, id " + id, sign("{\"alg\":\"RS256\",\"kid\":" + id + "}", json(good)));
        }
        add("foreign key, no id", FakeIssuer.sign("{\"alg\":\"RS256\"}", json(good), foreign));
    }

    /** A key that the token brings along, and headers that change how it is to be read. */
    private void headers() {
        PublicJsonWebKey foreign = FakeIssuer.newKey("first");
        String own = foreign.toJson(OutputControlLevel.PUBLIC_ONLY);
        for (String extra : List.of(
                "\"jwk\":" + own,
                "\"jku\":\"http://127.0.0.1:1/keys\"",
                "\"jku\":\"" + issuer.url() + "/keys@127.0.0.1:1\"",
                "\"x5u\":\"http://127.0.0.1:1/chain\"",
                "\"x5c\":[\""
                        + Base64.getEncoder()
                                .encodeToString(foreign.getPublicKey().getEncoded()) + "\"]",
                "\"x5t\":\"AAAA\"",
                "\"x5t#S256\":\"AAAA\"")) {
            add(
                    "key in the header " + extra.substring(0, 7),
                    FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"first\"," + extra + "}", json(good), foreign));
        }
        for (String extra : List.of(
                "\"crit\":[\"exp\"]",
                "\"crit\":[]",
                "\"crit\":[\"b64\"],\"b64\":true",
                "\"crit\":\"exp\"",
                "\"crit\":null",
                "\"crit\":[\"http://example/unknown\"]",
                "\"b64\":false",
                "\"b64\":true",
                "\"zip\":\"DEF\"",
                "\"enc\":\"A256GCM\"",
                "\"cty\":\"JWT\"",
                "\"typ\":\"logout+jwt\"",
                "\"typ\":\"dpop+jwt\"",
                "\"typ\":\"secevent+jwt\"",
                "\"typ\":\"id_token\"",
                "\"typ\":\"\"",
                "\"typ\":5",
                "\"typ\":null",
                "\"typ\":[\"JWT\"]",
                "\"typ\":\"application/application/jwt\"",
                "\"alg\":\"RS256\"",
                "\"alg\":\"none\"",
                "\"kid\":\"first\"",
                "\"kid\":\"other\"")) {
            add("header " + extra, sign("{\"alg\":\"RS256\",\"kid\":\"first\"," + extra + "}", json(good)));
        }
    }

    /** What is no compact serialization of a signature, or one inside another. */
    private void forms() {
        String token = issuer.token(good);
        String[] parts = token.split("\\.", -1);
        for (String form : List.of(
                parts[0],
                parts[0] + ".",
                parts[0] + "." + parts[1],
                "." + parts[1] + "." + parts[2],
                parts[0] + ".." + parts[2],
                token + ".",
                "." + token,
                token + "." + parts[2],
                parts[0] + "." + parts[1] + ".x." + parts[2],
                token + token,
                token + "," + token,
                token + " " + token,
                "Bearer " + token,
                "\"" + token + "\"",
                token + "=",
                token + "==",
                parts[0] + "=." + parts[1] + "." + parts[2],
                parts[0] + "." + parts[1] + "=." + parts[2],
                " " + token,
                token + "%20",
                "..",
                "...",
                "a.b.c",
                "e30.e30.e30",
                "e30.e30.",
                "null",
                "undefined",
                "0",
                "{}",
                parts[2] + "." + parts[1] + "." + parts[0],
                parts[1] + "." + parts[0] + "." + parts[2],
                parts[0] + "." + parts[0] + "." + parts[2],
                "{\"payload\":\"" + parts[1] + "\",\"protected\":\"" + parts[0] + "\",\"signature\":\"" + parts[2]
                        + "\"}",
                parts[0] + "." + parts[1] + "." + parts[2] + ".e30.e30")) {
            add("form", form);
        }
        add("a token inside a token", sign(header, token));
        add("a token inside a string", sign(header, "\"" + token + "\""));
        add("huge", token + "A".repeat(9_000));
        good.put("filler", "f".repeat(7_000));
        add("huge payload", issuer.token(good));
        good.remove("filler");
    }

    private void encodings() {
        String token = issuer.token(good);
        int first = token.indexOf('.');
        int second = token.lastIndexOf('.');
        for (int at : new int[] {
            1, first / 2, first - 1, first + 1, (first + second) / 2, second - 1, second + 1, token.length() - 1
        }) {
            for (String foreign : List.of("+", "/", "=", "%2e", " ", "\t", "!", "\u00e9")) {
                add("foreign character at " + at, token.substring(0, at) + foreign + token.substring(at + 1));
            }
        }
        // 2048 bits are 342 characters, of whose last one four bits are of no use: another one is another text.
        char last = token.charAt(token.length() - 1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        int group = alphabet.indexOf(last) / 16 * 16;
        for (int other = group; other < group + 16; other++) {
            if (alphabet.charAt(other) != last) {
                add("unused bits", token.substring(0, token.length() - 1) + alphabet.charAt(other));
            }
        }
    }

    /** One character changed, or the rest cut off. */
    private void flips() {
        String token = issuer.token(good);
        int step = Math.max(1, token.length() / 120);
        for (int at = 0; at < token.length() - 1; at += step) {
            char other = token.charAt(at) == 'A' ? 'B' : 'A';
            if (token.charAt(at) != '.') {
                add("character " + at, token.substring(0, at) + other + token.substring(at + 1));
            }
            if (at > 0 && at % (2 * step) == 0) {
                add("cut at " + at, token.substring(0, at));
            }
        }
    }

    private void issuers() {
        String url = issuer.url();
        for (Object other : new Object[] {
            url + "/",
            url + "#",
            url + "?",
            url.toUpperCase(java.util.Locale.ROOT),
            url.replace("test", "other"),
            " " + url,
            url + " ",
            url + "\u0000",
            url.replace("http", "https"),
            url.replace("127.0.0.1", "localhost"),
            url.substring(0, url.length() - 1),
            List.of(url),
            5,
            "",
            "null",
            Map.of("url", url)
        }) {
            with("iss", other);
        }
        without("iss");
    }

    private void audiences() {
        String mine = String.valueOf(((List<?>) java.util.Objects.requireNonNull(good.get("aud"))).getFirst());
        for (Object other : new Object[] {
            "account",
            "",
            "*",
            mine + "/",
            mine + "?",
            mine + "#",
            mine + "?x=1",
            mine + "/.",
            mine + "/..",
            mine + "%2f",
            mine.replace("/mcp", ""),
            mine.replace("/mcp", "/"),
            mine.replace("/mcp", "/mcp2"),
            mine.replace("/mcp", "/MCP"),
            mine.replace("/envs/", "/envs//"),
            mine.replace("/envs/", "/ENVS/"),
            mine.replace("/envs/", "/%65nvs/"),
            mine.replace("https://", ""),
            mine.replace("https://", "http://"),
            mine.replace("https:", ""),
            mine.replace("gw.example", "gw.example."),
            mine.replace("gw.example", "gw.example:443"),
            mine.replace("gw.example", "x@gw.example"),
            mine.replace("gw.example", "gw.example.evil.example"),
            mine.replace("gw.example", "gw\u3002example"),
            mine.replace("gw.example", "gw.ex\u0430mple"),
            mine + " " + mine,
            mine + "," + mine,
            "https://gw.example",
            "https://gw.example/",
            List.of(),
            List.of("account", "other"),
            List.of(5),
            List.of(List.of(mine)),
            List.of(mine, 5),
            Map.of("aud", mine),
            5,
            true,
            mine + "\u0000",
            mine + "\u200b",
            "\ufeff" + mine
        }) {
            with("aud", other);
        }
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            many.add(mine + i);
        }
        many.add(mine);
        with("aud", many);
        without("aud");
    }

    private void times() {
        long now = java.time.Instant.now().getEpochSecond();
        for (Object end : new Object[] {
            now - 31,
            now - 3_600,
            0,
            -1,
            1,
            String.valueOf(now + 600),
            "never",
            true,
            List.of(now + 600),
            now + 25 * 3_600,
            4_102_444_800L,
            253_402_300_800L,
            9_007_199_254_740_991L,
            1e300
        }) {
            with("exp", end);
        }
        without("exp");
        for (String name : List.of("nbf", "iat")) {
            for (Object time :
                    new Object[] {now + 900, now + 36_000, String.valueOf(now), true, List.of(now), -5, 1e300}) {
                with(name, time);
            }
        }
        raw(json(good).replaceFirst("\"exp\":\\d+", "\"exp\":NaN"));
        raw(json(good).replaceFirst("\"exp\":\\d+", "\"exp\":Infinity"));
        raw(json(good).replaceFirst("\"exp\":\\d+", "\"exp\":1e400"));
        raw(json(good).replaceFirst("\"exp\":\\d+", "\"exp\":0" + now));
    }

    private void otherClaims() {
        for (Object subject : new Object[] {"", " ", 5, true, List.of("agent-1"), Map.of(), "s".repeat(300)}) {
            with("sub", subject);
        }
        without("sub");
        for (Object scope : new Object[] {5, true, Map.of("a", "b"), List.of(5)}) {
            with("scope", scope);
        }
        with("client_id", 5);
        with("https://gw.example/episode", 5);
    }

    /** Payloads that two readers could take for different claims. */
    private void documents() {
        String json = json(good);
        String body = json.substring(1);
        for (String name : List.of("iss", "aud", "exp", "sub", "scope", "iat")) {
            raw("{\"" + name + "\":\"x\"," + body);
            raw(json.substring(0, json.length() - 1) + ",\"" + name + "\":\"x\"}");
        }
        for (String document : List.of(
                "",
                "null",
                "[]",
                "[" + json + "]",
                json + json,
                json + "x",
                "\ufeff" + json,
                "\"" + json.length() + "\"",
                "5",
                json.replace("}", ""),
                json.replace('"', '\''),
                json + "//",
                "/* */" + json,
                "{,".concat(body),
                json.replace("agent-1", "a\\ud800"),
                json.replace("agent-1", "a\\u0000"),
                json.replace("agent-1", "a\u0001"),
                "{\"a\":" + "[".repeat(100) + "]".repeat(100) + "," + body)) {
            raw(document);
        }
        add("payload in UTF-16", resign(json.getBytes(UTF_16LE)));
        add(
                "payload in broken UTF-8",
                resign((json.substring(0, 5) + "\u00ff").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
    }

    private String resign(byte[] payload) {
        return FakeIssuer.sign(header, "x", issuer.key())
                .replaceFirst("\\.[^.]*\\.", "." + FakeIssuer.encode(payload) + ".");
    }

    private void with(String claim, Object value) {
        changed(claim, value);
    }

    private void without(String claim) {
        changed(claim, null);
    }

    private void changed(String claim, @Nullable Object value) {
        Map<String, Object> claims = new TreeMap<>(good);
        if (value == null) {
            claims.remove(claim);
        } else {
            claims.put(claim, value);
        }
        add("claim " + claim, sign(header, json(claims)));
    }

    private void raw(String payload) {
        add("document", sign(header, payload));
    }

    private String sign(String anyHeader, String payload) {
        return FakeIssuer.sign(anyHeader, payload, issuer.key());
    }

    private static String json(Map<String, Object> claims) {
        return JsonUtil.toJson(claims);
    }
}
