@NullMarked
package dev.stepgate.client;

import org.jspecify.annotations.NullMarked;
