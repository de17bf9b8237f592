package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.gateway.credential.SecretStoreFailed.Kind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where nothing is configured: every credential is refused, and says what to set. */
public final class NoSecretStore implements SecretStore {
    private static SecretStoreFailed none() {
        return new SecretStoreFailed(
                Kind.REFUSED,
                "no secret store is configured: set `stepgate.vault.url` or, in training, `stepgate.secrets.file`");
    }

    @Override
    public Reading read(Source source, @Nullable Grant grant) throws SecretStoreFailed {
        throw none();
    }

    @Override
    public Grant grant(String environment, Duration most) throws SecretStoreFailed {
        throw none();
    }

    @Override
    public Duration renew(String lease, Duration wanted) throws SecretStoreFailed {
        throw none();
    }

    @Override
    public void revoke(Issued issued) throws SecretStoreFailed {
        throw none();
    }

    @Override
    public void check() throws SecretStoreFailed {
        throw none();
    }

    @Override
    public String describe() {
        return "none";
    }

    @Override
    public void close() {}
}
