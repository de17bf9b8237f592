/**
 * May this principal make this call? Asks the policy engine and fails closed.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.authorization.PolicyGate}. Invariant: an
 * {@link dev.stepgate.gateway.authorization.AuthorizedCall} exists only for a call that a policy allowed by name.
 */
@NullMarked
package dev.stepgate.gateway.authorization;

import org.jspecify.annotations.NullMarked;
