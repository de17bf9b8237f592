/**
 * One tool call from arrival to recorded outcome. Read {@link dev.stepgate.gateway.call.ToolCallPipeline} first.
 *
 * <p>Invariant: every face calls tools through it, and no stage can be left out.
 */
@NullMarked
package dev.stepgate.gateway.call;

import org.jspecify.annotations.NullMarked;
