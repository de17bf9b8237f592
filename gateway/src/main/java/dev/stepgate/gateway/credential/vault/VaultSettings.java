package dev.stepgate.gateway.credential.vault;

import dev.stepgate.tool.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a Vault is reached.
 *
 * @param namespace of an enterprise Vault or OpenBao, or null
 * @param grantPolicies policies of an episode's identity; empty: those of the login
 */
public record VaultSettings(URI url, @Nullable String namespace, Login login, List<String> grantPolicies) {

    public VaultSettings {
        grantPolicies = List.copyOf(grantPolicies);
    }

    /** How the gateway proves to Vault who it is. */
    public sealed interface Login {

        /** With a token that somebody else got. */
        record Token(Secret token) implements Login {}

        /**
         * As a machine.
         *
         * @param wrapped whether the secret id is a token that unwraps to it, once
         */
        record AppRole(String mount, String role, Secret secretId, boolean wrapped) implements Login {}

        /** With a name and a password. */
        record UserPass(String mount, String user, Secret password) implements Login {}

        /** With the token of a pod's service account, read at each login. */
        record Kubernetes(String mount, String role, Path token) implements Login {}

        /** With a token of an OpenID provider, read at each login. */
        record Jwt(String mount, String role, Path token) implements Login {}
    }
}
