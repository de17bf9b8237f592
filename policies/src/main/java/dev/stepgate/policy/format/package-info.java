/**
 * Policies as they are written: strict YAML read into records, every problem with its place.
 *
 * <p>Entry type: {@link dev.stepgate.policy.format.PolicyReader}. Invariant: what this version cannot enforce is refused,
 * never passed over.
 */
@NullMarked
package dev.stepgate.policy.format;

import org.jspecify.annotations.NullMarked;
