/**
 * The vocabulary of one tool call, spoken by every stage of the gateway and by every adapter.
 *
 * <p>Entry type: {@link dev.stepgate.tool.ToolAdapter}. Invariant: a message that passes through is kept as the JSON tree
 * it arrived as and is never mapped to typed records, so that fields this code does not know survive. Trees are shared
 * and must not be changed after they were handed on.
 */
@NullMarked
package dev.stepgate.tool;

import org.jspecify.annotations.NullMarked;
