/**
 * Tools that come with the gateway, as an upstream like any other.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.builtin.BundledAdapter}.
 */
@NullMarked
package dev.stepgate.adapter.builtin;

import org.jspecify.annotations.NullMarked;
