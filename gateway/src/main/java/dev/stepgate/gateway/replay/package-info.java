/**
 * Recorded episodes, run again: whether an environment, a policy and a reward still do what the journal says they did.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.replay.Replayer}. Invariant: what is compared are two records of the journal, so
 * that nothing depends on the door by which a call comes in.
 */
@NullMarked
package dev.stepgate.gateway.replay;

import org.jspecify.annotations.NullMarked;
