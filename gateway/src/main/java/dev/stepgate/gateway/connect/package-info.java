/**
 * A bridge for clients that only start processes: MCP on standard streams on the one side, a gateway's URL on the other.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.connect.Bridge}. Invariant: messages pass as they are, in every revision; what a
 * transport wants beside them is made from them.
 */
@NullMarked
package dev.stepgate.gateway.connect;

import org.jspecify.annotations.NullMarked;
