@NullMarked
package dev.stepgate.gateway.journal;

import org.jspecify.annotations.NullMarked;
