/**
 * Episodes: from reset to done, in steps. One episode is one sandbox, one workspace, one trajectory, one owner.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.episode.Episodes}. Invariants: an open episode holds exactly one slot of its
 * environment; nothing of one run reaches the next; no lock is shared by two episodes.
 */
@NullMarked
package dev.stepgate.gateway.episode;

import org.jspecify.annotations.NullMarked;
