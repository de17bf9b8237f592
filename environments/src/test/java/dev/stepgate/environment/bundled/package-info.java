@NullMarked
package dev.stepgate.environment.bundled;

import org.jspecify.annotations.NullMarked;
