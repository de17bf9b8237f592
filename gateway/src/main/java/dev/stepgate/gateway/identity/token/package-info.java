/**
 * Bearer tokens: what is read of one, whose key signed it, and what it says (RFC 7519, RFC 9068).
 *
 * <p>Entry type: {@link dev.stepgate.gateway.identity.token.TokenVerifier}. Invariants: the issuer is known before any key is
 * asked for; a key comes from that issuer's set and never from the token; no text of a token is logged or put into an error.
 */
@NullMarked
package dev.stepgate.gateway.identity.token;

import org.jspecify.annotations.NullMarked;
