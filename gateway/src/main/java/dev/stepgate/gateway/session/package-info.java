/**
 * Sessions of the protocols that have them: names under which a principal finds its episode again.
 *
 * <p>Entry types: {@link dev.stepgate.gateway.session.McpSessions}, {@link dev.stepgate.gateway.session.OpenEnvSessions}.
 * Invariant: a session id is a name, not a right; only the principal that opened a session finds it.
 */
@NullMarked
package dev.stepgate.gateway.session;

import org.jspecify.annotations.NullMarked;
