/**
 * What of a tool's answer is passed on: its size, its content types, its schema, and what is withheld.
 *
 * <p>Entry type: {@link dev.stepgate.policy.result.ResultFilter}. Invariant: what cannot be looked through is withheld
 * whole.
 */
@NullMarked
package dev.stepgate.policy.result;

import org.jspecify.annotations.NullMarked;
