/**
 * HashiCorp Vault, and OpenBao which speaks the same, as a secret store.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.credential.vault.VaultSecretStore}. Invariant: the client library is seen by nothing
 * else, and no message of it is shown, because it may quote what Vault said.
 */
@NullMarked
package dev.stepgate.gateway.credential.vault;

import org.jspecify.annotations.NullMarked;
