/**
 * The one reader of JSON bytes, and the canonical form for digests. No I/O.
 *
 * <p>Entry type: {@link dev.stepgate.json.StrictJson}. Invariant: bytes that two parsers could read differently are
 * refused, and what leaves is always a fresh serialisation.
 */
@NullMarked
package dev.stepgate.json;

import org.jspecify.annotations.NullMarked;
