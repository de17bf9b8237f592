/**
 * What steps earn, for trainers alone. Entry: {@link dev.stepgate.gateway.reward.RunReward}. Invariant: what could not be scored
 * has no reward, which is not a reward of 0.
 */
@NullMarked
package dev.stepgate.gateway.reward;

import org.jspecify.annotations.NullMarked;
