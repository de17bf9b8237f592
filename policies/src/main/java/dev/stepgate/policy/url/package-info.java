/**
 * Whether a URL leads where a policy allows, decided on one strict reading of it.
 *
 * <p>Entry type: {@link dev.stepgate.policy.url.UrlAllowed}. Invariant: a spelling that two clients read differently is
 * never said to hold.
 */
@NullMarked
package dev.stepgate.policy.url;

import org.jspecify.annotations.NullMarked;
