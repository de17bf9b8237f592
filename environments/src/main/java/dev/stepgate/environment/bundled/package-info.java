/**
 * Environments whose tools come with the gateway.
 *
 * <p>Entry type: {@link dev.stepgate.environment.bundled.BundledEnvironment}. Invariant: one instance belongs to one run of
 * one episode and shares nothing that changes with any other.
 */
@NullMarked
package dev.stepgate.environment.bundled;

import org.jspecify.annotations.NullMarked;
