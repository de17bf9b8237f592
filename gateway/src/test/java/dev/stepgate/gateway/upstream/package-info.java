@NullMarked
package dev.stepgate.gateway.upstream;

import org.jspecify.annotations.NullMarked;
