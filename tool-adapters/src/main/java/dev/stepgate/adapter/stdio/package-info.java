/**
 * MCP over the standard streams of a child process.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.stdio.StdioMcp}. Invariants: memory per child is bounded whatever it
 * writes; once the child is out of step no further call is sent and all waiting ones fail at once. Both threads of a pump
 * are platform threads: a pipe blocks the carrier of a virtual thread, and with some 256 silent children none would be left
 * for anybody else.
 */
@NullMarked
package dev.stepgate.adapter.stdio;

import org.jspecify.annotations.NullMarked;
