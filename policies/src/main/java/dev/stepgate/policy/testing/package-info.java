/**
 * Policies tested with data: files of calls and what is expected of them, run against the engine itself.
 *
 * <p>Entry type: {@link dev.stepgate.policy.testing.PolicyTests}. Invariant: a test that did not run has not passed.
 */
@NullMarked
package dev.stepgate.policy.testing;

import org.jspecify.annotations.NullMarked;
