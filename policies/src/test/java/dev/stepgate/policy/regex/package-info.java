/** Tests of expressions. */
@NullMarked
package dev.stepgate.policy.regex;

import org.jspecify.annotations.NullMarked;
