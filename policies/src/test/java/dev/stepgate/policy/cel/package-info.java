@NullMarked
package dev.stepgate.policy.cel;

import org.jspecify.annotations.NullMarked;
