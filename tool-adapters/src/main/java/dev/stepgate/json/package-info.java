/**
 * JSON between bytes and trees, in one place, so that no message is read in two ways.
 *
 * <p>Entry types: {@link dev.stepgate.json.StrictJson} reads and writes, {@link dev.stepgate.json.CanonicalJson} gives the
 * bytes that digests are taken of. Invariant: no I/O, no clock, and the only exception that leaves is {@link
 * dev.stepgate.json.JsonProblem}.
 */
@NullMarked
package dev.stepgate.json;

import org.jspecify.annotations.NullMarked;
