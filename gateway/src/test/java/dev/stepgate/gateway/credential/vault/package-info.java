/** Tests of secret stores, with a Vault that is made for them. */
@NullMarked
package dev.stepgate.gateway.credential.vault;

import org.jspecify.annotations.NullMarked;
