/**
 * How a call is spoken upstream: what all transports share, and the decorators around an adapter.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.AdapterStack}. Invariant: every failure is a {@link dev.stepgate.tool.Refusal};
 * a tool call is sent at most once unless the upstream provably did not look at it.
 */
@NullMarked
package dev.stepgate.adapter;

import org.jspecify.annotations.NullMarked;
