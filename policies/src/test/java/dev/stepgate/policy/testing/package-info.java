@NullMarked
package dev.stepgate.policy.testing;

import org.jspecify.annotations.NullMarked;
