/**
 * From policies as they are written to policies that decide: checked against the tools of an environment, compiled once.
 *
 * <p>Entry type: {@link dev.stepgate.policy.compile.PolicyCompiler}. Invariant: a rule that could not mean what it says is
 * refused with its place.
 */
@NullMarked
package dev.stepgate.policy.compile;

import org.jspecify.annotations.NullMarked;
