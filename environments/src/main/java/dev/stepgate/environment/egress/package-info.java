/**
 * The one way out of a sandbox: a proxy of the gateway's that opens connections to listed hosts and nothing else. Entry:
 * {@link dev.stepgate.environment.egress.EgressProxy}. Invariant: no address is connected to that was not looked at first.
 */
@NullMarked
package dev.stepgate.environment.egress;

import org.jspecify.annotations.NullMarked;
