@NullMarked
package dev.stepgate.policy.analysis;

import org.jspecify.annotations.NullMarked;
