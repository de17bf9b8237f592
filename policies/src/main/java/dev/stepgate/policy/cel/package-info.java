/**
 * Conditions in CEL: the text of a {@code when}, typed by its tool's own input schema, compiled once.
 *
 * <p>Entry type: {@link dev.stepgate.policy.cel.CelConditions}. Invariants: only this package knows {@code dev.cel}; only
 * the listed functions are part of the policy format, whatever the library adds; nothing an expression can do is unbounded.
 */
@NullMarked
package dev.stepgate.policy.cel;

import org.jspecify.annotations.NullMarked;
