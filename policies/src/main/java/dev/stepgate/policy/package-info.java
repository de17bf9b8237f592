/**
 * May this principal make this call? The vocabulary of that question and the engine that answers it.
 *
 * <p>Entry type: {@link dev.stepgate.policy.PolicyEngine}. Invariants: this package imports nothing but the JDK, does no
 * I/O and reads no clock; what no rule allows is denied; a deny rule beats every allow rule; any error is a deny.
 */
@NullMarked
package dev.stepgate.policy;

import org.jspecify.annotations.NullMarked;
