/** Tests of what of a tool's answer is passed on. */
@NullMarked
package dev.stepgate.policy.result;

import org.jspecify.annotations.NullMarked;
