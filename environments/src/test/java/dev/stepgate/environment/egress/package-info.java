@NullMarked
package dev.stepgate.environment.egress;

import org.jspecify.annotations.NullMarked;
