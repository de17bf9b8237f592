/**
 * The Model Context Protocol in both directions, as far as it is the same for every transport.
 *
 * <p>Entry type: {@link dev.stepgate.mcp.JsonRpcCodec}. Invariant: no I/O and no clock; what passes through stays the tree it
 * arrived as, and typed values exist only for the envelope and for messages that the gateway makes itself.
 */
@NullMarked
package dev.stepgate.mcp;

import org.jspecify.annotations.NullMarked;
