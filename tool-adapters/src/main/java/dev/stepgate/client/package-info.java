/**
 * A blocking client of OpenEnv servers, for programs on the JVM: trainers, load tests, our own checks.
 *
 * <p>Entry type: {@link dev.stepgate.client.OpenEnvClient}. Invariant: an answer is only ever given to the request that it
 * belongs to. One request at a time is outstanding on a socket, and a socket that owes an answer to nobody any more is
 * dropped, never used again; nothing is sent twice. It needs the JDK and the JSON reader, no framework.
 */
@NullMarked
package dev.stepgate.client;

import org.jspecify.annotations.NullMarked;
