package dev.stepgate.gateway.credential.vault;

import io.quarkus.vault.client.api.common.VaultAuthResult;
import io.quarkus.vault.client.api.common.VaultLeasedResult;
import io.quarkus.vault.client.auth.VaultAuthRequest;
import io.quarkus.vault.client.auth.VaultToken;
import io.quarkus.vault.client.auth.VaultTokenProvider;
import io.quarkus.vault.client.common.VaultLeasedResultExtractor;
import io.quarkus.vault.client.common.VaultRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The login that the client library does not have: a JWT of an OpenID provider (Vault API, auth/jwt). */
final class JwtLogin implements VaultTokenProvider {
    private final String mount;
    private final String role;
    private final Path token;

    JwtLogin(String mount, String role, Path token) {
        this.mount = mount;
        this.role = role;
        this.token = token;
    }

    /** What Vault answers, as far as it is used. */
    static final class Answer extends VaultLeasedResult<Map<String, Object>, VaultAuthResult<Object>> {}

    @Override
    public CompletionStage<VaultToken> apply(VaultAuthRequest request) {
        String jwt;
        try {
            jwt = Files.readString(token).strip();
        } catch (IOException unreadable) {
            return CompletableFuture.failedFuture(unreadable);
        }
        VaultRequest<Answer> login = VaultRequest.<Answer>post("JWT login")
                .noToken()
                .path("auth", mount, "login")
                .body(Map.of("role", role, "jwt", jwt))
                .expectOkStatus()
                .build(VaultLeasedResultExtractor.of(Answer.class));
        return request.getExecutor().execute(login).thenApply(answer -> {
            VaultAuthResult<Object> given = answer.getResult().getAuth();
            return VaultToken.from(
                    given.getClientToken(),
                    given.isRenewable(),
                    given.getLeaseDuration(),
                    given.getNumUses(),
                    request.getInstantSource());
        });
    }
}
