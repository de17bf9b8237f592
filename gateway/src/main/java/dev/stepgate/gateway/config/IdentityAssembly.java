package dev.stepgate.gateway.config;

import dev.stepgate.gateway.identity.Authenticator;
import dev.stepgate.gateway.identity.Decision;
import dev.stepgate.gateway.identity.DevelopmentIssuer;
import dev.stepgate.gateway.identity.Grants;
import dev.stepgate.gateway.identity.Grants.ScopeNames;
import dev.stepgate.gateway.identity.Resources;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.gateway.identity.token.HttpKeySource;
import dev.stepgate.gateway.identity.token.Issuer;
import dev.stepgate.gateway.identity.token.IssuerKeys;
import dev.stepgate.gateway.identity.token.KeySource;
import dev.stepgate.gateway.identity.token.SavedKeys;
import dev.stepgate.gateway.identity.token.TokenVerifier;
import dev.stepgate.gateway.identity.token.TokenVerifier.Trusted;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The part of the {@link Assembly} that knows who may come in. */
final class IdentityAssembly {
    private static final Duration MAX_SKEW = Duration.ofMinutes(1);

    private final List<Trusted> trusted = new ArrayList<>();
    private final List<String> authorizationServers = new ArrayList<>();
    private final Grants grants;
    private final Resources resources;
    private final Authenticator authenticator;

    /** @throws IllegalArgumentException when the settings would let in somebody they should not; names the setting */
    IdentityAssembly(GatewayConfig config, String publicUrl, SecureRandom random) {
        OpenDoors.refuse(config);
        Map<String, Map<Role, Set<String>>> roles = new HashMap<>();
        HttpClient http = HttpKeySource.client();
        for (Map.Entry<String, GatewayConfig.Issuer> named : config.issuer().entrySet()) {
            GatewayConfig.Issuer settings = named.getValue();
            // The one without a name is there whether it is configured or not.
            if (settings.url().isEmpty() && named.getKey().equals(GatewayConfig.Issuer.UNNAMED)) {
                continue;
            }
            Issuer issuer = issuer(settings);
            roles.put(issuer.url(), roles(settings.roles()));
            trust(config, random, issuer, new HttpKeySource(http, issuer));
            authorizationServers.add(issuer.url());
        }
        if (config.developmentTokens()) {
            DevelopmentIssuer development = DevelopmentIssuer.in(config.data());
            trust(config, random, development.issuer(), development::publicKeys);
        }
        if (config.tokens().skew().compareTo(MAX_SKEW) > 0) {
            throw new IllegalArgumentException("`stepgate.tokens.skew` is more than a minute");
        }
        GatewayConfig.Scopes scopes = config.scopes();
        grants = new Grants(
                new ScopeNames(
                        scopes.listTools(), scopes.callTools(), scopes.episodes(), scopes.observe(), scopes.operate()),
                roles);
        resources = new Resources(publicUrl, config.defaultEnv().orElse(null));
        TokenVerifier.Rules rules =
                new TokenVerifier.Rules(config.tokens().skew(), config.tokens().maxLifetime(), publicUrl + "/episode");
        authenticator = new Authenticator(
                config.allowAnonymous(),
                trusted.isEmpty() ? null : new TokenVerifier(trusted, rules, Clock.systemUTC()),
                grants,
                resources);
        refresh();
        measure();
    }

    /** Labels are rights, outcomes and configured issuers: nothing that a caller can choose. */
    private void measure() {
        for (Right right : Right.values()) {
            for (Decision decision : Decision.values()) {
                FunctionCounter.builder("stepgate.access", authenticator.decisions(), all -> all.of(right, decision))
                        .tag("right", right.name().toLowerCase(Locale.ROOT))
                        .tag("decision", decision.name().toLowerCase(Locale.ROOT))
                        .register(Metrics.globalRegistry);
            }
        }
        for (Trusted one : trusted) {
            Gauge.builder(
                            "stepgate.keys.age.seconds",
                            one.keys(),
                            keys -> keys.age()
                                    .map(age -> (double) age.toSeconds())
                                    .orElse(Double.NaN))
                    .tag("issuer", one.issuer().url())
                    .register(Metrics.globalRegistry);
        }
    }

    private void trust(GatewayConfig config, SecureRandom random, Issuer issuer, KeySource source) {
        IssuerKeys keys = new IssuerKeys(
                issuer.url(),
                source,
                new SavedKeys(config.data().resolve("keys")),
                new IssuerKeys.Settings(config.keys().maxAge(), config.keys().stale()),
                Clock.systemUTC(),
                System::nanoTime,
                random);
        trusted.add(new Trusted(issuer, keys));
    }

    private static Issuer issuer(GatewayConfig.Issuer settings) {
        return new Issuer(
                settings.url().orElseThrow(() -> new IllegalArgumentException("an issuer has no `url`")),
                settings.keysUrl().orElse(null),
                settings.algorithms(),
                settings.types().stream()
                        .map(type -> type.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet()),
                settings.requiredClaims().orElse(Set.of()),
                settings.clients().orElse(Set.of()),
                settings.roleClaim().orElse(null));
    }

    private static Map<Role, Set<String>> roles(GatewayConfig.Roles settings) {
        Map<Role, Optional<Set<String>>> named = Map.of(
                Role.AGENT, settings.agent(),
                Role.TRAINER, settings.trainer(),
                Role.OBSERVER, settings.observer(),
                Role.OPERATOR, settings.operator());
        Map<Role, Set<String>> roles = new EnumMap<>(Role.class);
        named.forEach((role, names) -> roles.put(role, names.orElse(Set.of())));
        return roles;
    }

    Authenticator authenticator() {
        return authenticator;
    }

    Grants grants() {
        return grants;
    }

    Resources resources() {
        return resources;
    }

    List<Trusted> trusted() {
        return trusted;
    }

    /** Where clients can get tokens; nobody answers at the development issuer's. */
    List<String> authorizationServers() {
        return List.copyOf(authorizationServers);
    }

    /** Does not block. */
    void refresh() {
        trusted.forEach(one -> one.keys().refreshIfDue());
    }
}
