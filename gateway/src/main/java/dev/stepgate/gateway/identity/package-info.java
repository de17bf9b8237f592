/**
 * Who is calling. The only place where a {@link dev.stepgate.gateway.identity.Principal} is made.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.identity.Authenticator}. Invariants: there is no principal without a proof;
 * a capability is compared by its hash and never kept, logged or written.
 */
@NullMarked
package dev.stepgate.gateway.identity;

import org.jspecify.annotations.NullMarked;
