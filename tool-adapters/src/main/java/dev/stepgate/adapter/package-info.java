/**
 * What all adapters share: how an MCP server's answers become observations.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.McpAnswers}. The adapters themselves are in the packages below, one for each
 * way of reaching an upstream.
 */
@NullMarked
package dev.stepgate.adapter;

import org.jspecify.annotations.NullMarked;
