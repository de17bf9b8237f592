/** Tests of reading policies. */
@NullMarked
package dev.stepgate.policy.format;

import org.jspecify.annotations.NullMarked;
