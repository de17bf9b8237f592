/**
 * The Model Context Protocol in both directions, as far as it needs no I/O.
 *
 * <p>Entry type: {@link dev.stepgate.mcp.JsonRpcMessage}. Invariant: a message stays the tree it arrived as; this package
 * only looks at its envelope.
 */
@NullMarked
package dev.stepgate.mcp;

import org.jspecify.annotations.NullMarked;
