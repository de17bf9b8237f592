/**
 * What can be said of a policy before its first call, and of two policies beside each other.
 *
 * <p>Entry types: {@link dev.stepgate.policy.analysis.PolicyAnalysis} and {@link dev.stepgate.policy.analysis.PolicyDiff}.
 * Invariant: every finding says how certain it is.
 */
@NullMarked
package dev.stepgate.policy.analysis;

import org.jspecify.annotations.NullMarked;
