@NullMarked
package dev.stepgate.gateway.episode;

import org.jspecify.annotations.NullMarked;
