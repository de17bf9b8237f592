/** Tests of what is taken out, and the search that judges them. */
@NullMarked
package dev.stepgate.scrub;

import org.jspecify.annotations.NullMarked;
