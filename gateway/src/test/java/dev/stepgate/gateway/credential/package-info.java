/** Tests of where credentials come from, how long they count and where they go. */
@NullMarked
package dev.stepgate.gateway.credential;

import org.jspecify.annotations.NullMarked;
