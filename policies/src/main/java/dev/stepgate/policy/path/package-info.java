/**
 * Whether a path lies in a folder, decided on its text.
 *
 * <p>Entry type: {@link dev.stepgate.policy.path.PathWithin}. Invariant: a spelling that two readers could take differently
 * is never said to hold.
 */
@NullMarked
package dev.stepgate.policy.path;

import org.jspecify.annotations.NullMarked;
