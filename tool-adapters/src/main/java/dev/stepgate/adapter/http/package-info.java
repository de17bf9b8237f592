/**
 * MCP over Streamable HTTP. The only package here that knows Vert.x, as its HTTP client.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.http.StreamableHttpMcpAdapter}. Invariants: a request's headers start from
 * nothing, so no header of the caller's can pass; redirects are not followed; sizes and waits are bounded.
 */
@NullMarked
package dev.stepgate.adapter.http;

import org.jspecify.annotations.NullMarked;
