@NullMarked
package dev.stepgate.gateway.identity;

import org.jspecify.annotations.NullMarked;
