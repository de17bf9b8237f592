/**
 * MCP over Streamable HTTP.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.http.StreamableHttpMcp}. The only package that knows Vert.x, and only its
 * core. Invariants: request headers start from none, so nothing of an agent's request can travel on; redirects are not
 * followed; answers are bounded; the event loop moves bytes and never parses them.
 */
@NullMarked
package dev.stepgate.adapter.http;

import org.jspecify.annotations.NullMarked;
