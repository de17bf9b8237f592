@NullMarked
package dev.stepgate.gateway;

import org.jspecify.annotations.NullMarked;
