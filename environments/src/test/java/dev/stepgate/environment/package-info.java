@NullMarked
package dev.stepgate.environment;

import org.jspecify.annotations.NullMarked;
