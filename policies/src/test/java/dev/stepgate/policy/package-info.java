/** Tests of the engine and of what may know what. */
@NullMarked
package dev.stepgate.policy;

import org.jspecify.annotations.NullMarked;
