/**
 * The upstreams of running episodes: started, called and ended here and nowhere else.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.upstream.Upstreams}. Invariant: nothing outside this package calls a
 * {@link dev.stepgate.tool.ToolAdapter}.
 */
@NullMarked
package dev.stepgate.gateway.upstream;

import org.jspecify.annotations.NullMarked;
