/** Tests of constraints, of compiling, and of the engine against a naive interpreter. */
@NullMarked
package dev.stepgate.policy.compile;

import org.jspecify.annotations.NullMarked;
