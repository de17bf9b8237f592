/**
 * What happened, written down before it is answered: one append-only file of JSON Lines for each episode.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.journal.Journal}. Invariants: an intent is on file before the call leaves; an
 * outcome is on file before the answer leaves; no secret and no capability is ever written.
 */
@NullMarked
package dev.stepgate.gateway.journal;

import org.jspecify.annotations.NullMarked;
