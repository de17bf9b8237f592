/**
 * MCP over the standard streams of a sandbox.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.stdio.StdioMcpAdapter}. Invariants: one process is one session; memory is
 * bounded whatever the process writes; when the process is gone nobody waits for it.
 */
@NullMarked
package dev.stepgate.adapter.stdio;

import org.jspecify.annotations.NullMarked;
