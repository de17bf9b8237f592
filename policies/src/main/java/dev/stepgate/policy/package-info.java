/** placeholder. */
@NullMarked
package dev.stepgate.policy;

import org.jspecify.annotations.NullMarked;
