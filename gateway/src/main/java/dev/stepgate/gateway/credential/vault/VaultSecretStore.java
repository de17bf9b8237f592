package dev.stepgate.gateway.credential.vault;

import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.gateway.credential.SecretStore;
import dev.stepgate.gateway.credential.SecretStoreFailed;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import dev.stepgate.gateway.credential.vault.VaultSettings.Login;
import dev.stepgate.tool.Secret;
import io.quarkus.vault.client.VaultClient;
import io.quarkus.vault.client.VaultClientException;
import io.quarkus.vault.client.api.auth.token.VaultAuthTokenCreateTokenParams;
import io.quarkus.vault.client.api.common.VaultAuthResult;
import io.quarkus.vault.client.api.common.VaultTokenType;
import io.quarkus.vault.client.api.secrets.kv2.VaultSecretsKV2ReadSecretData;
import io.quarkus.vault.client.auth.VaultAppRoleAuthOptions;
import io.quarkus.vault.client.auth.VaultKubernetesAuthOptions;
import io.quarkus.vault.client.auth.VaultUserPassAuthOptions;
import io.quarkus.vault.client.common.VaultLeasedResultExtractor;
import io.quarkus.vault.client.common.VaultRequest;
import io.quarkus.vault.client.http.jdk.JDKVaultHttpClient;
import io.quarkus.vault.client.logging.LogConfidentialityLevel;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A HashiCorp Vault, by the standalone client of quarkus-vault. What may pass by itself is tried three times within two
 * seconds; after that nobody asks for ten, so that a Vault that is down is not asked by every call. A refusal for want of
 * rights leads to one new login. Thread-safe.
 */
public final class VaultSecretStore implements SecretStore {
    private static final int MOST_TRIES = 3;
    private static final Duration ALL_TRIES = Duration.ofSeconds(2);
    private static final Duration BREAK = Duration.ofSeconds(10);

    /** A token is got anew or renewed this long before it ends. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    /** Sealed (503), performance and recovery standby (472, 473), standby (429), and gateways before it. */
    private static final Set<Integer> TRANSIENT = Set.of(429, 472, 473, 500, 502, 503, 504);

    private final String url;
    private final VaultSettings settings;
    private final JDKVaultHttpClient http;
    private final VaultClient client;
    private final AtomicLong closedUntil = new AtomicLong(Long.MIN_VALUE);

    public VaultSecretStore(VaultSettings settings) {
        this.settings = settings;
        this.url = settings.url().toString();
        this.http = new JDKVaultHttpClient(HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(ALL_TRIES)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build());
        VaultClient.Builder builder = VaultClient.builder()
                .executor(http)
                .baseUrl(url)
                .requestTimeout(ALL_TRIES)
                .maxRetries(1)
                .logConfidentialityLevel(LogConfidentialityLevel.HIGH);
        if (settings.namespace() != null) {
            builder.namespace(settings.namespace());
        }
        this.client = withLogin(builder, settings.login()).build();
    }

    private static VaultClient.Builder withLogin(VaultClient.Builder builder, Login login) {
        return switch (login) {
            case Login.Token(Secret token) -> builder.clientToken(token.reveal());
            case Login.AppRole(String mount, String role, Secret secretId, boolean wrapped) -> {
                VaultAppRoleAuthOptions.Builder options =
                        VaultAppRoleAuthOptions.builder().mountPath(mount).roleId(role);
                yield builder.appRole(
                        (wrapped ? options.unwrappingSecretId(secretId.reveal()) : options.secretId(secretId.reveal()))
                                .caching(GRACE)
                                .build());
            }
            case Login.UserPass(String mount, String user, Secret password) ->
                builder.userPass(VaultUserPassAuthOptions.builder()
                        .mountPath(mount)
                        .username(user)
                        .password(password.reveal())
                        .caching(GRACE)
                        .build());
            case Login.Kubernetes(String mount, String role, java.nio.file.Path token) ->
                builder.kubernetes(VaultKubernetesAuthOptions.builder()
                        .mountPath(mount)
                        .role(role)
                        .jwtTokenPath(token)
                        .caching(GRACE)
                        .build());
            case Login.Jwt(String mount, String role, java.nio.file.Path token) ->
                builder.tokenProvider(new JwtLogin(mount, role, token).caching(GRACE));
        };
    }

    @Override
    public Reading read(Source source, @Nullable Grant grant) throws SecretStoreFailed {
        String named = "`" + source.fullPath() + "`";
        return switch (source.engine()) {
            case KV1 ->
                new Reading(
                        fields(ask(
                                named,
                                () -> client.secrets().kv1(source.mount()).read(source.path()))),
                        null,
                        null);
            case KV2 -> {
                VaultSecretsKV2ReadSecretData data = ask(
                        named,
                        () -> source.version() == null
                                ? client.secrets().kv2(source.mount()).readSecret(source.path())
                                : client.secrets().kv2(source.mount()).readSecret(source.path(), source.version()));
                if (data.getData() == null) {
                    throw new SecretStoreFailed(Kind.MISSING, "Vault has deleted " + named);
                }
                yield new Reading(fields(data.getData()), data.getMetadata().getVersion(), null);
            }
            case DYNAMIC ->
                made(ask(named, () -> {
                    VaultRequest.Builder<JwtLogin.Answer> request = VaultRequest.<JwtLogin.Answer>get(
                                    "Make credentials")
                            .path((Object[]) source.fullPath().split("/", -1))
                            .expectOkStatus();
                    if (grant != null) {
                        request.token(grant.token().reveal());
                    }
                    VaultRequest<JwtLogin.Answer> built =
                            request.build(VaultLeasedResultExtractor.of(JwtLogin.Answer.class));
                    return client.execute(built).thenApply(answer -> answer.getResult());
                }));
        };
    }

    private static Reading made(JwtLogin.Answer answer) {
        Lease lease = answer.getLeaseId() == null || answer.getLeaseId().isEmpty()
                ? null
                : new Lease(answer.getLeaseId(), answer.getLeaseDuration(), answer.isRenewable());
        return new Reading(fields(answer.getData()), null, lease);
    }

    private static Map<String, Secret> fields(Map<String, Object> data) {
        Map<String, Secret> fields = new HashMap<>();
        data.forEach((name, value) -> {
            if (value != null) {
                fields.put(name, Secret.of(value.toString()));
            }
        });
        return fields;
    }

    @Override
    public Grant grant(String environment, Duration most) throws SecretStoreFailed {
        VaultAuthTokenCreateTokenParams wanted = new VaultAuthTokenCreateTokenParams()
                .setDisplayName("stepgate-" + environment)
                .setMeta(Map.of("environment", environment))
                .setTtl(most)
                .setExplicitMaxTtl(most)
                .setRenewable(false)
                .setType(VaultTokenType.SERVICE);
        if (!settings.grantPolicies().isEmpty()) {
            wanted.setPolicies(settings.grantPolicies());
        }
        VaultAuthResult<?> given =
                ask("an identity for an episode", () -> client.auth().token().create(wanted));
        return new Grant(Secret.of(given.getClientToken()), given.getAccessor(), given.getLeaseDuration());
    }

    @Override
    public Duration renew(String lease, Duration wanted) throws SecretStoreFailed {
        return ask("more time for a lease", () -> client.sys().leases().renew(lease, wanted))
                .getLeaseDuration();
    }

    @Override
    public void revoke(Issued issued) throws SecretStoreFailed {
        try {
            switch (issued) {
                case Issued.Token(String accessor) ->
                    ask(
                            "the end of an identity",
                            () -> done(client.auth().token().revokeAccessor(accessor)));
                case Issued.Leased(String lease) ->
                    ask("the end of a lease", () -> done(client.sys().leases().revoke(lease, true)));
            }
        } catch (SecretStoreFailed failed) {
            if (failed.kind() != Kind.MISSING && failed.kind() != Kind.REFUSED) {
                throw failed;
            }
            // Vault says 400 of an accessor and of a lease that is no more.
        }
    }

    /** A stage of nothing, as a stage of something: {@link #ask} takes null for no answer. */
    private static CompletionStage<Boolean> done(CompletionStage<Void> stage) {
        return stage.thenApply(_ -> true);
    }

    @Override
    public void check() throws SecretStoreFailed {
        ask("a login", () -> client.auth().token().lookupSelf());
    }

    @Override
    public String describe() {
        return "vault " + url;
    }

    private <T> T ask(String what, Supplier<CompletionStage<T>> request) throws SecretStoreFailed {
        if (System.nanoTime() - closedUntil.get() < 0 && closedUntil.get() != Long.MIN_VALUE) {
            throw new SecretStoreFailed(Kind.UNAVAILABLE, "Vault did not answer a moment ago");
        }
        long end = System.nanoTime() + ALL_TRIES.toNanos();
        SecretStoreFailed last = null;
        for (int tries = 1; tries <= MOST_TRIES && end - System.nanoTime() > 0; tries++) {
            try {
                T answer = request.get().toCompletableFuture().get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                closedUntil.set(Long.MIN_VALUE);
                return Objects.requireNonNull(answer, "the client gave no answer");
            } catch (ExecutionException failed) {
                last = reason(failed.getCause(), what);
            } catch (TimeoutException silent) {
                last = new SecretStoreFailed(Kind.UNAVAILABLE, "Vault gave no answer in time");
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new SecretStoreFailed(Kind.UNAVAILABLE, "the wait for Vault was interrupted");
            }
            if (last.kind() != Kind.UNAVAILABLE) {
                throw last;
            }
            rest(tries, end);
        }
        closedUntil.set(System.nanoTime() + BREAK.toNanos());
        throw last == null ? new SecretStoreFailed(Kind.UNAVAILABLE, "Vault gave no answer in time") : last;
    }

    /** The longer the more has failed, and not the same for all. */
    private static void rest(int tries, long end) {
        long millis = ThreadLocalRandom.current().nextLong(50L * tries, 150L * tries);
        long left = (end - System.nanoTime()) / 1_000_000;
        try {
            Thread.sleep(Math.max(0, Math.min(millis, left)));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What Vault said is not repeated: it may quote what it was sent. */
    private static SecretStoreFailed reason(@Nullable Throwable thrown, String what) {
        Throwable cause = thrown;
        while (cause != null && !(cause instanceof VaultClientException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        Integer status = cause instanceof VaultClientException answered ? answered.getStatus() : null;
        boolean garbled = status != null && status / 100 == 2;
        if (status == null || garbled || TRANSIENT.contains(status)) {
            String how =
                    status == null ? "can not be reached" : garbled ? "is not understood" : "answers with " + status;
            return new SecretStoreFailed(Kind.UNAVAILABLE, "Vault " + how);
        }
        return switch (status) {
            case 403 -> new SecretStoreFailed(Kind.FORBIDDEN, "Vault does not let the gateway have " + what);
            case 404 -> new SecretStoreFailed(Kind.MISSING, "Vault has no " + what);
            default -> new SecretStoreFailed(Kind.REFUSED, "Vault refuses " + what + " with status " + status);
        };
    }

    @Override
    public void close() {
        http.close();
    }
}
