/**
 * OpenEnv environment servers as upstreams, of every generation that has {@code /ws}.
 *
 * <p>Entry type: {@link dev.stepgate.adapter.openenv.OpenEnvAdapter}. Invariants: one socket is one episode run; it carries
 * one request at a time, and a socket whose request was given up is never used again, so that no answer is taken for that of
 * another request. Rewards, the end of the episode and metadata are for trainers and never part of a tool's result.
 */
@NullMarked
package dev.stepgate.adapter.openenv;

import org.jspecify.annotations.NullMarked;
