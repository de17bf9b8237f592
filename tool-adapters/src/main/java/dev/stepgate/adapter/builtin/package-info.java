/**
 * Environments that live inside the gateway, called like any other upstream.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.builtin.BundledAdapter}. Invariant: a tool that takes too long or throws is a
 * refusal of its own call and of no other.
 */
@NullMarked
package dev.stepgate.adapter.builtin;

import org.jspecify.annotations.NullMarked;
