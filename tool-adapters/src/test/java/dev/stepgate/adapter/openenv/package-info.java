@NullMarked
package dev.stepgate.adapter.openenv;

import org.jspecify.annotations.NullMarked;
