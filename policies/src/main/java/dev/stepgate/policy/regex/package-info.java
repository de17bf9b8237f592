/**
 * Regular expressions that are matched in time linear in the input and compiled in bounded space.
 *
 * <p>Entry type: {@link dev.stepgate.policy.regex.BoundedPattern}. Invariant: only this package knows the RE2 library.
 */
@NullMarked
package dev.stepgate.policy.regex;

import org.jspecify.annotations.NullMarked;
