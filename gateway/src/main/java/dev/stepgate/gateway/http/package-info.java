/**
 * The faces: what agents and trainers say, turned into calls of the core and back. A face translates; it decides nothing.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.http.EnvironmentRoutes}. Invariants: nothing imports this package; the event
 * loop only moves bytes, everything else runs on a virtual thread; every request passes the guard before anything looks at
 * it.
 */
@NullMarked
package dev.stepgate.gateway.http;

import org.jspecify.annotations.NullMarked;
