@NullMarked
package dev.stepgate.gateway.replay;

import org.jspecify.annotations.NullMarked;
