/**
 * What is attached to a call on its way out, chosen for its upstream and never seen by agent, model or sandbox.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.credential.CredentialBroker}. Invariant: an upstream accepts nothing but a
 * {@link dev.stepgate.gateway.credential.CredentialedCall}.
 */
@NullMarked
package dev.stepgate.gateway.credential;

import org.jspecify.annotations.NullMarked;
