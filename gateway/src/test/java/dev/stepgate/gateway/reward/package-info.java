@NullMarked
package dev.stepgate.gateway.reward;

import org.jspecify.annotations.NullMarked;
