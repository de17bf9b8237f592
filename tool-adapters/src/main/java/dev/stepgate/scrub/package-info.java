/**
 * Takes the gateway's own credentials out of everything that comes back from an upstream.
 *
 * <p>Entry type: {@link dev.stepgate.scrub.Scrubber}. Invariant: what leaves here holds no known credential, plain or in one of
 * the forms of {@link dev.stepgate.scrub.SecretForms}, however the bytes that brought it were cut.
 */
@NullMarked
package dev.stepgate.scrub;

import org.jspecify.annotations.NullMarked;
