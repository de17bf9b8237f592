@NullMarked
package dev.stepgate.environment.driver;

import org.jspecify.annotations.NullMarked;
