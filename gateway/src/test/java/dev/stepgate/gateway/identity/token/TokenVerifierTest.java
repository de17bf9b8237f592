package dev.stepgate.gateway.identity.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.stepgate.gateway.identity.token.TokenRefused.Reason;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenVerifierTest {
    private static final String MINE = "https://gw.example/envs/echo/mcp";
    private static final FakeIssuer ISSUER = new FakeIssuer();

    @TempDir
    private Path folder = Path.of("target");

    private Instant now = Instant.now();
    private TokenVerifier verifier = verifier(Set.of());

    @BeforeEach
    void fresh() {
        now = Instant.now();
        verifier = verifier(Set.of());
    }

    @AfterAll
    static void end() {
        ISSUER.close();
    }

    private TokenVerifier verifier(Set<String> clients) {
        Issuer issuer = new Issuer(
                ISSUER.url(),
                null,
                Set.of("RS256", "PS256", "ES256", "EdDSA"),
                Set.of("jwt", "at+jwt"),
                Set.of(),
                clients,
                "realm_access.roles");
        IssuerKeys keys = new IssuerKeys(
                issuer.url(),
                new HttpKeySource(HttpKeySource.client(), issuer),
                new SavedKeys(folder),
                new IssuerKeys.Settings(Duration.ofMinutes(5), Duration.ofHours(6)),
                Clock.systemUTC(),
                System::nanoTime,
                new Random(1));
        keys.refreshIfDue();
        while (keys.fetching()) { // what is tested is not how long callers are willing to wait
            Thread.onSpinWait();
        }
        TokenVerifier.Rules rules =
                new TokenVerifier.Rules(Duration.ofSeconds(30), Duration.ofHours(24), "https://gw.example/episode");
        return new TokenVerifier(List.of(new TokenVerifier.Trusted(issuer, keys)), rules, () -> now);
    }

    private static Map<String, Object> good() {
        return ISSUER.claims(List.of(MINE), "tools:list tools:call");
    }

    @Test
    void readsWhatAGoodTokenSays() {
        Map<String, Object> claims = good();
        claims.put("azp", "runner");
        claims.put("realm_access", Map.of("roles", List.of("rl-trainer", "x")));
        VerifiedToken token = verifier.verify(ISSUER.token(claims));
        assertThat(token.subject()).isEqualTo("agent-1");
        assertThat(token.client()).isEqualTo("runner");
        assertThat(token.audiences()).containsExactly(MINE);
        assertThat(token.scopes()).containsExactlyInAnyOrder("tools:list", "tools:call");
        assertThat(token.roles()).containsExactlyInAnyOrder("rl-trainer", "x");
    }

    @Test
    void acceptsNoneOfAtLeastFourHundredMutantsForItsResource() {
        Map<String, String> mutants = TokenMutants.of(ISSUER, good());
        assertThat(mutants).hasSizeGreaterThanOrEqualTo(400);
        now = Instant.now();
        List<String> accepted = new ArrayList<>();
        mutants.forEach((name, token) -> {
            try {
                if (verifier.verify(token).audiences().contains(MINE)) {
                    accepted.add(name);
                }
            } catch (TokenRefused | KeysUnavailable refused) {
                assertThat(String.valueOf(refused.getMessage())).doesNotContain("eyJ");
            }
        });
        assertThat(accepted).isEmpty();
    }

    @Test
    void acceptsThePublishedAlgorithmsAndTypes() {
        String claims = org.jose4j.json.JsonUtil.toJson(good());
        String ps256 = FakeIssuer.sign("PS256", "first", claims, ISSUER.key().getPrivateKey());
        // The library names no algorithm in a generated key, so that one RSA key may do both.
        assertThat(verifier.verify(ps256).subject()).isEqualTo("agent-1");
        for (String type : List.of("JWT", "at+jwt", "AT+JWT", "application/at+jwt")) {
            String token = FakeIssuer.sign(
                    "{\"alg\":\"RS256\",\"kid\":\"first\",\"typ\":\"" + type + "\"}", claims, ISSUER.key());
            assertThat(verifier.verify(token).subject()).isEqualTo("agent-1");
        }
    }

    @Test
    void forgetsAVerifiedTokenWhenItEnds() {
        Map<String, Object> claims = good();
        claims.put("exp", now.getEpochSecond() + 20);
        String token = ISSUER.token(claims);
        verifier.verify(token);
        assertThat(verifier.known(token)).isPresent();
        now = now.plusSeconds(21);
        assertThat(verifier.known(token)).isEmpty();
        assertThat(verifier.verify(token).subject()).isEqualTo("agent-1"); // within the skew
        now = now.plusSeconds(30);
        assertRefused(token, Reason.TIME);
    }

    @Test
    void waitsForATokensTime() {
        now = now.minusSeconds(120); // the library looks at the real time as well
        for (String name : List.of("nbf", "iat")) {
            Map<String, Object> claims = good();
            claims.put("iat", now.getEpochSecond());
            claims.put(name, now.getEpochSecond() + 31);
            String token = ISSUER.token(claims);
            assertRefused(token, Reason.TIME);
            now = now.plusSeconds(1);
            assertThat(verifier.verify(token).subject()).isEqualTo("agent-1"); // within the skew
        }
    }

    @Test
    void tellsGoodFromJunkHoweverManyComeAtOnce() throws Exception {
        String junk = ISSUER.token(good());
        String flawed = junk.substring(0, junk.lastIndexOf('.') + 1) + FakeIssuer.encode(new byte[256]);
        List<Future<Boolean>> known = new ArrayList<>();
        List<Future<Boolean>> refused = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                Map<String, Object> claims = good();
                claims.put("sub", "agent-" + i);
                String token = ISSUER.token(claims);
                known.add(callers.submit(() -> isVerified(token)));
                refused.add(callers.submit(() -> isVerified(flawed)));
            }
        }
        for (Future<Boolean> one : known) {
            assertThat(one.get()).isTrue();
        }
        for (Future<Boolean> one : refused) {
            assertThat(one.get()).isFalse();
        }
    }

    /** A turn that did not come in time on a busy machine is asked for again. */
    private boolean isVerified(String token) {
        while (true) {
            try {
                verifier.verify(token);
                return true;
            } catch (TokenRefused refused) {
                return false;
            } catch (KeysUnavailable busy) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void givesAsManyTurnsAsItHasAndTakesThemBack() {
        SignatureLane lane = new SignatureLane(4);
        assertThat(lane.tryEnter()).isTrue();
        assertThat(lane.tryEnter()).isTrue();
        assertThat(lane.tryEnter()).isFalse();
        lane.leave();
        assertThat(lane.tryEnter()).isTrue();
        assertThat(new SignatureLane(1).tryEnter()).isTrue();
    }

    @Test
    void verifiesAgainAfterAMinute() {
        String token = ISSUER.token(good());
        verifier.verify(token);
        now = now.plusSeconds(61);
        assertThat(verifier.known(token)).isEmpty();
    }

    @Test
    void takesOnlyTheClientsThatAreNamed() {
        verifier = verifier(Set.of("runner"));
        assertRefused(ISSUER.token(good()), Reason.CLAIMS);
        Map<String, Object> claims = good();
        claims.put("client_id", "runner");
        assertThat(verifier.verify(ISSUER.token(claims)).client()).isEqualTo("runner");
    }

    @Test
    void asksNobodyAboutAnUnknownIssuer() {
        int before = ISSUER.fetches();
        Map<String, Object> claims = good();
        claims.put("iss", ISSUER.url() + "x");
        assertRefused(ISSUER.token(claims), Reason.ISSUER);
        assertThat(ISSUER.fetches()).isEqualTo(before);
    }

    @Test
    void keepsNoMoreVerifiedTokensThanItsBound() {
        VerifiedTokens tokens = new VerifiedTokens();
        VerifiedToken token = verifier.verify(ISSUER.token(good()));
        for (int i = 0; i <= 2 * VerifiedTokens.MAX_YOUNG; i++) {
            tokens.add(new TokenDigest(i, 0, 0, 0), token, now);
        }
        assertThat(tokens.find(new TokenDigest(0, 0, 0, 0), now)).isEmpty();
        assertThat(tokens.find(new TokenDigest(VerifiedTokens.MAX_YOUNG, 0, 0, 0), now))
                .isPresent();
        assertThat(tokens.find(new TokenDigest(2L * VerifiedTokens.MAX_YOUNG, 0, 0, 0), now))
                .isPresent();
    }

    private void assertRefused(String token, Reason reason) {
        assertThatExceptionOfType(TokenRefused.class)
                .isThrownBy(() -> verifier.verify(token))
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(reason));
    }
}
